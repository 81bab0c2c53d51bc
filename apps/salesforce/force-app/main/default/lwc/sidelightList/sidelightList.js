import { api, LightningElement } from "lwc";

/** Tickets, opportunities, events: the first few, the rest on demand, of one source on demand. */
export default class SidelightList extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").ListView} */
  @api list;
  /** @type {import("@sidelight/panel/index.ts").SectionView["filters"]} */
  @api filters = [];
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  source = "";
  whole = false;

  get chips() {
    const all = { key: "", source: "", label: this.labels.all };
    return [all, ...this.filters].map((chip) => ({ ...chip, pressed: String(chip.source === this.source) }));
  }

  get hasFilters() {
    return this.filters.length > 0;
  }

  get found() {
    return this.source === "" ? this.list.items : this.list.items.filter(({ source }) => source === this.source);
  }

  get items() {
    const shown = this.whole ? this.found : this.found.slice(0, this.list.visible);
    return shown.map((item) => {
      const note = [this.hasFilters ? item.sourceName : "", item.detail].filter(Boolean).join(" · ");
      return {
        ...item,
        class: `${item.highlighted ? "highlighted" : ""}${item.changed ? " changed" : ""}`,
        tagClass: `tag tone-${item.tag?.tone}`,
        note,
        second: item.tag !== null || note !== "",
      };
    });
  }

  get isEmpty() {
    return this.found.length === 0;
  }

  get moreText() {
    if (this.found.length <= this.list.visible) return "";
    if (this.whole) return this.list.lessText;
    return this.source === "" ? this.list.moreText : this.labels.showAll;
  }

  get expanded() {
    return String(this.whole);
  }

  more() {
    this.whole = !this.whole;
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  filter({ currentTarget }) {
    this.source = currentTarget.dataset.source ?? "";
  }
}
