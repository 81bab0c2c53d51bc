import { createOlderEvents, toOlderEvents } from "c/sidelightDetailsModel";
import { api, LightningElement } from "lwc";
import { createApexTimeline } from "./apexTimeline.js";

/**
 * What the panel gives to read older events.
 * @typedef {object} PanelAccess
 * @property {import("@sidelight/panel/session/session.ts").PanelSession<import("c/sidelightTransport").RecordSubject>} session
 * @property {() => import("@sidelight/panel/options.ts").PanelOptions} readOptions
 */

/** List of tickets, opportunities or events. Shows the first ones, or all; can be filtered by source. */
export default class SidelightList extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").ListView} */
  @api list;
  /** @type {import("@sidelight/panel/index.ts").SectionView["filters"]} */
  @api filters = [];
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  source = "";
  showsAll = false;
  /** Set once the server may have older entries.
   * @type {{ panel: PanelAccess, events: import("@sidelight/panel/timeline/olderEvents.ts").OlderEvents } | null} */
  access = null;
  /** Changes with each page, so that the list is drawn again. */
  pages = 0;

  get chips() {
    const all = { key: "", source: "", label: this.labels.all };
    return [all, ...this.filters].map((chip) => ({ ...chip, pressed: String(chip.source === this.source) }));
  }

  get hasFilters() {
    return this.filters.length > 0;
  }

  get matchingItems() {
    return this.source === "" ? this.list.items : this.list.items.filter(({ source }) => source === this.source);
  }

  /** Also with a filter, whose entries may all be older. */
  get showsEverything() {
    return this.showsAll || this.matchingItems.length <= this.list.visible;
  }

  renderedCallback() {
    if (this.list.olderText && !this.access) this.requestAccess();
  }

  requestAccess() {
    /** @param {PanelAccess} panel */
    const detail = (panel) => {
      const events = createOlderEvents(async () => createApexTimeline(() => panel.session.state()));
      events.subscribe(() => {
        this.pages += 1;
      });
      this.access = { panel, events };
    };
    this.dispatchEvent(new CustomEvent("olderevents", { detail, bubbles: true, composed: true }));
  }

  /** Older events and their button, once all events of the section are shown; null before. */
  get older() {
    const { access } = this;
    const context = access?.panel.session.state().context;
    if (!access || !context || !this.list.olderText || !this.showsEverything || this.pages < 0) return null;
    const state = access.events.state(this.source || null);
    const isOfCustomer = state.ref === context.customer?.id;
    return toOlderEvents(context, access.panel.readOptions(), isOfCustomer ? state : { ...state, items: [], phase: "idle" });
  }

  get olderDisabled() {
    return String(this.older?.button?.disabled);
  }

  loadOlder() {
    const customer = this.access?.panel.session.state().context?.customer?.id;
    if (!customer || this.older?.button?.disabled) return;
    this.access?.events.load(customer, this.source || null);
  }

  get items() {
    const visibleItems = this.showsAll ? this.matchingItems : this.matchingItems.slice(0, this.list.visible);
    return [...visibleItems, ...(this.older?.items ?? [])].map((item) => {
      const note = [item.sourceName, item.detail].filter(Boolean).join(" · ");
      return {
        ...item,
        class: `${item.highlighted ? "highlighted" : ""}${item.changed ? " changed" : ""}`,
        tagClass: `tag tone-${item.tag?.tone}`,
        note,
        hasDetails: item.tag !== null || note !== "",
      };
    });
  }

  /** Nothing can be said about a source without events here while older ones may exist. */
  get emptyText() {
    return this.items.length === 0 && !this.list.olderText ? this.list.emptyText : "";
  }

  get moreText() {
    if (this.matchingItems.length <= this.list.visible) return "";
    if (this.showsAll) return this.list.lessText;
    return this.source === "" ? this.list.moreText : this.labels.showAll;
  }

  get expanded() {
    return String(this.showsAll);
  }

  toggleAll() {
    this.showsAll = !this.showsAll;
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  selectSource({ currentTarget }) {
    this.source = currentTarget.dataset.source ?? "";
  }
}
