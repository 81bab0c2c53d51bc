import { LightningElement } from "lwc";
import { loadRecord, reloadRecords } from "../../stubs/records.js";
import { refreshView } from "../../stubs/refreshHandlers.js";
import { isBare, isConsole, scheme } from "../../stubs/settings.js";

/** @type {Record<string, string>} */
const prefixes = { "001": "Account", "003": "Contact", "00Q": "Lead", "006": "Opportunity", 500: "Case" };
/** @type {Record<string, string>} */
const plurals = { Account: "Accounts", Contact: "Contacts", Lead: "Leads", Opportunity: "Opportunities", Case: "Cases" };

/** The page of one record, with the layout of Lightning. */
export default class App extends LightningElement {
  recordId = "";
  objectApiName = "";
  /** @type {import("../../records.ts").RecordPage | null} */
  page = null;
  /** @type {{ object: string, id: string, name: string }[]} */
  examples = [];
  homeUrl = "";
  /** @type {{ kind: string, label: string }[]} */
  scenarios = [];
  scenarioResult = "";
  scheme = scheme;
  isBare = isBare;
  isConsole = isConsole;
  /** The records that a console keeps open. @type {{ id: string, object: string, name: string }[]} */
  openRecords = [];

  async connectedCallback() {
    window.addEventListener("lab:open", (event) => this.open(/** @type {CustomEvent<string>} */ (event).detail));
    window.addEventListener("popstate", () => this.showRecordOfUrl());
    // As in Lightning, the component starts together with the rest of the page.
    if (new URLSearchParams(window.location.search).has("recordId")) this.showRecordOfUrl();
    const lab = await fetch("./lab").then((response) => response.json());
    this.examples = lab.examples;
    this.homeUrl = lab.homeUrl;
    this.scenarios = lab.scenarios;
    await this.showRecordOfUrl();
  }

  async showRecordOfUrl() {
    const parameters = new URLSearchParams(window.location.search);
    const id = parameters.get("recordId") ?? this.examples[0]?.id;
    if (id) await this.show(parameters.get("objectApiName") ?? prefixes[id.slice(0, 3)] ?? "Account", id);
  }

  /** @param {string} object @param {string} id */
  async show(object, id) {
    this.recordId = id;
    this.objectApiName = object;
    if (!this.openRecords.some((record) => record.id === id))
      this.openRecords = [...this.openRecords, { id, object, name: object }];
    const page = await loadRecord(object, id);
    this.openRecords = this.openRecords.map((record) => (record.id === id ? { ...record, name: page.title } : record));
    if (this.recordId !== id) return;
    this.page = page;
    document.title = `${page.title} | ${page.label} | Sidelight lab`;
  }

  /** @param {string} id */
  open(id) {
    const object = prefixes[id.slice(0, 3)];
    if (!object) return;
    const url = new URL(window.location.href);
    url.searchParams.set("recordId", id);
    url.searchParams.set("objectApiName", object);
    window.history.pushState(null, "", url);
    this.show(object, id);
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  selectSubtab({ currentTarget }) {
    this.open(currentTarget.dataset.record ?? "");
  }

  get subtabs() {
    return this.openRecords.map(({ id, object, name }) => ({
      ...{ id, object, name },
      isHidden: id !== this.recordId,
      current: String(id === this.recordId),
    }));
  }

  /** @param {CustomEvent<string>} event */
  openRecord(event) {
    this.open(event.detail);
  }

  /** @param {Event & { currentTarget: HTMLSelectElement }} event */
  switchRecord({ currentTarget }) {
    this.open(currentTarget.value);
  }

  /** Runs a scenario for the record's customer. The panel shows the change. */
  async runScenario() {
    const select = /** @type {HTMLSelectElement | null} */ (this.template?.querySelector("[data-switch=scenario]") ?? null);
    if (!select) return;
    const about = `salesforce.${this.objectApiName.toLowerCase()}:${this.recordId}`;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ kind: select.value, about });
    const outcome = await fetch("./scenarios", { method: "POST", headers, body }).then((response) => response.json());
    this.scenarioResult = outcome.line ?? `The scenario failed: ${outcome.error}`;
  }

  switchScheme() {
    this.scheme = this.scheme === "dark" ? "light" : "dark";
    document.documentElement.dataset.scheme = this.scheme;
  }

  async refreshPage() {
    reloadRecords();
    await Promise.all([refreshView(), this.show(this.objectApiName, this.recordId)]);
  }

  get hasScenarios() {
    return this.scenarios.length > 0;
  }

  get schemeLabel() {
    return this.scheme === "dark" ? "Light" : "Dark";
  }

  get tabs() {
    return ["Home", "Accounts", "Contacts", "Leads", "Opportunities", "Cases"].map((name) => ({
      name,
      class: name === plurals[this.objectApiName] ? "tab current" : "tab",
    }));
  }

  get options() {
    const isExample = this.examples.some(({ id }) => id === this.recordId);
    const current = this.page && !isExample ? [{ object: this.objectApiName, id: this.recordId, name: this.page.title }] : [];
    return [...current, ...this.examples].map(({ object, id, name }) => ({
      key: id,
      label: `${object}: ${name}`,
      selected: id === this.recordId,
    }));
  }
}
