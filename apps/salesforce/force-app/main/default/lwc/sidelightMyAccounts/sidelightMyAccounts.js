import getMyAccounts from "@salesforce/apex/SidelightCustomers.getMyAccounts";
import locale from "@salesforce/i18n/locale";
import atRisk from "@salesforce/label/c.Sidelight_At_Risk";
import atRiskFor from "@salesforce/label/c.Sidelight_At_Risk_For";
import createTask from "@salesforce/label/c.Sidelight_Create_Task";
import goneQuiet from "@salesforce/label/c.Sidelight_Gone_Quiet";
import loading from "@salesforce/label/c.Sidelight_Loading";
import title from "@salesforce/label/c.Sidelight_My_Accounts";
import noAccounts from "@salesforce/label/c.Sidelight_No_Accounts";
import notLoaded from "@salesforce/label/c.Sidelight_Not_Loaded";
import notUsedFor from "@salesforce/label/c.Sidelight_Not_Used_For";
import overdueBy from "@salesforce/label/c.Sidelight_Overdue_By";
import renewing from "@salesforce/label/c.Sidelight_Renewing";
import renewsIn from "@salesforce/label/c.Sidelight_Renews_In";
import retry from "@salesforce/label/c.Sidelight_Retry";
import { NavigationMixin } from "lightning/navigation";
import { encodeDefaultFieldValues } from "lightning/pageReferenceUtils";
import { LightningElement } from "lwc";

/** @typedef {import("@sidelight/contracts/customers/customer.ts").CustomerRow} CustomerRow */
/** @typedef {import("@sidelight/contracts/customers/customer.ts").ListReason} ListReason */

/** @type {{ reason: ListReason, label: string }[]} */
const lists = [
  { reason: "at_risk", label: atRisk },
  { reason: "renewing", label: renewing },
  { reason: "gone_quiet", label: goneQuiet },
];

/** The user's own accounts that need a call, with the reason and a task to create. For a home page. */
export default class SidelightMyAccounts extends NavigationMixin(LightningElement) {
  labels = { title, createTask, retry };
  /** @type {ListReason} */
  reason = "at_risk";
  /** @type {"loading" | "ready" | "failed"} */
  state = "loading";
  /** @type {CustomerRow[]} */
  items = [];

  connectedCallback() {
    this.load();
  }

  get tabs() {
    return lists.map(({ reason, label }) => ({ reason, label, pressed: String(reason === this.reason) }));
  }

  /** What is said instead of a list; "" when there is one. */
  get note() {
    if (this.state === "loading") return loading;
    if (this.state === "failed") return notLoaded;
    return this.items.length === 0 ? noAccounts : "";
  }

  get hasFailed() {
    return this.state === "failed";
  }

  get rows() {
    return this.items.map((row) => {
      const name = row.name ?? row.id;
      return {
        id: row.id,
        record: row.record?.split(":")[1] ?? "",
        hasRecord: row.record !== null,
        name,
        amount: amountText(row.arr),
        why: reasonText(row.reasons.find(({ reason }) => reason === this.reason)),
        taskLabel: `${createTask}: ${name}`,
      };
    });
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  selectList({ currentTarget }) {
    this.reason = /** @type {ListReason} */ (currentTarget.dataset.reason);
    this.load();
  }

  async load() {
    const { reason } = this;
    this.state = "loading";
    try {
      const { status, body } = await getMyAccounts({ reason });
      // Another list was chosen meanwhile.
      if (reason !== this.reason) return;
      this.items = status === 200 ? JSON.parse(body).items : [];
      this.state = status === 200 ? "ready" : "failed";
    } catch {
      if (reason === this.reason) this.state = "failed";
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

/** @param {CustomerRow["arr"]} arr */
const amountText = (arr) =>
  arr === null
    ? ""
    : new Intl.NumberFormat(locale, { style: "currency", currency: arr.currency, maximumFractionDigits: 0 }).format(arr.amount);

/** "At risk for 12 days" @param {CustomerRow["reasons"][number] | undefined} reason */
function reasonText(reason) {
  if (!reason) return "";
  const days = new Intl.NumberFormat(locale, { style: "unit", unit: "day", unitDisplay: "long" }).format(Math.abs(reason.days));
  const renewal = reason.days < 0 ? overdueBy : renewsIn;
  const text = { at_risk: atRiskFor, renewing: renewal, gone_quiet: notUsedFor }[reason.reason];
  return text.replace("{0}", days);
}
