import getMyAccounts from "@salesforce/apex/SidelightCustomers.getMyAccounts";
import locale from "@salesforce/i18n/locale";
import { toMyAccounts } from "c/sidelightAccountsModel";
import { loadTexts } from "c/sidelightTexts";
import { NavigationMixin } from "lightning/navigation";
import { encodeDefaultFieldValues } from "lightning/pageReferenceUtils";
import { LightningElement } from "lwc";

/** @typedef {import("@sidelight/contracts/customers/customer.ts").CustomerRow} CustomerRow */
/** @typedef {import("@sidelight/contracts/customers/customer.ts").ListReason} ListReason */

/** The user's own accounts that need a call, with the reason and a task to create. For a home page. */
export default class SidelightMyAccounts extends NavigationMixin(LightningElement) {
  /** @type {ListReason} */
  reason = "at_risk";
  /** @type {"loading" | "ready" | "failed"} */
  phase = "loading";
  /** @type {CustomerRow[]} */
  items = [];
  /** Of the person's language; undefined for English and until they are loaded.
   * @type {import("@sidelight/panel/translate.ts").Messages | undefined} */
  messages = undefined;

  connectedCallback() {
    loadTexts(locale).then((messages) => {
      this.messages = messages;
    });
    this.load();
  }

  get view() {
    const { reason, phase, items, messages } = this;
    const view = toMyAccounts({ reason, phase, items }, { locale, messages });
    return { ...view, tabs: view.tabs.map((tab) => ({ ...tab, pressed: String(tab.isPressed) })) };
  }

  get hasRows() {
    return this.view.rows.length > 0;
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  selectList({ currentTarget }) {
    this.reason = /** @type {ListReason} */ (currentTarget.dataset.reason);
    this.load();
  }

  async load() {
    const { reason } = this;
    this.phase = "loading";
    try {
      const { status, body } = await getMyAccounts({ reason });
      // Another list was chosen meanwhile.
      if (reason !== this.reason) return;
      this.items = status === 200 ? JSON.parse(body).items : [];
      this.phase = status === 200 ? "ready" : "failed";
    } catch {
      if (reason === this.reason) this.phase = "failed";
    }
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  openRecord({ currentTarget }) {
    const { record } = currentTarget.dataset;
    this[NavigationMixin.Navigate]({ type: "standard__recordPage", attributes: { recordId: record, actionName: "view" } });
  }

  /** A new task about the account, with the reason as its subject. The user saves it. @param {Event & { currentTarget: HTMLElement }} event */
  openTask({ currentTarget }) {
    const { record, subject } = currentTarget.dataset;
    this[NavigationMixin.Navigate]({
      type: "standard__objectPage",
      attributes: { objectApiName: "Task", actionName: "new" },
      state: { defaultFieldValues: encodeDefaultFieldValues({ WhatId: record, Subject: subject }) },
    });
  }
}
