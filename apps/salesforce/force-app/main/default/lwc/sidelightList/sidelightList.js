import { api, LightningElement } from "lwc";

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

  get items() {
    const visibleItems = this.showsAll ? this.matchingItems : this.matchingItems.slice(0, this.list.visible);
    return visibleItems.map((item) => {
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

  get isEmpty() {
    return this.matchingItems.length === 0;
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
