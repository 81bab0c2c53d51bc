import type { PanelPlace } from "@sidelight/panel/index.ts";

/** The pages already show the account, so the other sections come first. */
const page: PanelPlace = {
  order: ["health", "support", "product", "account", "timeline", "notes"],
  hasEditor: false,
  isCompany: false,
  rowsOfPage: [],
};

const places: Readonly<Record<string, PanelPlace>> = {
  Account: { ...page, isCompany: true, rowsOfPage: ["name", "owner", "parent", "stage"] },
  Opportunity: { ...page, isCompany: true, rowsOfPage: ["name"] },
  Contact: { ...page, rowsOfPage: ["name"] },
};

/** The record page of an object; of an account until the object is known. */
export const placeOf = (objectApiName: string): PanelPlace => places[objectApiName || "Account"] ?? page;
