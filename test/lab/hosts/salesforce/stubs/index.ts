import { panelIcons } from "../../../../../apps/salesforce/tools/icons.ts";

const directory = import.meta.dirname;

/** Modules that only an org provides: module name → file. */
export const stubs: Record<string, string> = {
  "@salesforce/apex/SidelightActions.getAction": `${directory}/apex/getAction.js`,
  "@salesforce/apex/SidelightActions.getPins": `${directory}/apex/getPins.js`,
  "@salesforce/apex/SidelightActions.take": `${directory}/apex/take.js`,
  "@salesforce/apex/SidelightCards.getCards": `${directory}/apex/getCards.js`,
  "@salesforce/apex/SidelightController.getContext": `${directory}/apex/getContext.js`,
  "@salesforce/apex/SidelightController.getSections": `${directory}/apex/getSections.js`,
  "@salesforce/apex/SidelightController.refresh": `${directory}/apex/refresh.js`,
  "@salesforce/apex/SidelightCustomers.getMyAccounts": `${directory}/apex/getMyAccounts.js`,
  "@salesforce/apex/SidelightIdentity.change": `${directory}/apex/change.js`,
  "@salesforce/apex/SidelightIdentity.getIdentity": `${directory}/apex/getIdentity.js`,
  "@salesforce/apex/SidelightTimeline.getEvents": `${directory}/apex/getEvents.js`,
  "@salesforce/customPermission/Sidelight_Setup": `${directory}/setupPermission.js`,
  "@salesforce/i18n/dir": `${directory}/dir.js`,
  "@salesforce/i18n/locale": `${directory}/locale.js`,
  "@salesforce/i18n/timeZone": `${directory}/timeZone.js`,
  "@salesforce/user/Id": `${directory}/userId.js`,
  "lightning/navigation": `${directory}/navigation.js`,
  "lightning/pageReferenceUtils": `${directory}/pageReferenceUtils.js`,
  "lightning/refresh": `${directory}/refresh.js`,
  "lightning/uiRecordApi": `${directory}/uiRecordApi.js`,
};

/** Icons that the panel and the page use. */
export const icons = [...panelIcons, ..."account case contact lead opportunity".split(" ").map((name) => `standard:${name}`)];
