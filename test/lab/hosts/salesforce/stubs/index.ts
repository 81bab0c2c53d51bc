const here = import.meta.dirname;

/** What only an org has, by module name. */
export const stubs: Record<string, string> = {
  "@salesforce/apex/SidelightController.getContext": `${here}/apex/getContext.js`,
  "@salesforce/apex/SidelightController.getSections": `${here}/apex/getSections.js`,
  "@salesforce/apex/SidelightController.refresh": `${here}/apex/refresh.js`,
  "@salesforce/customPermission/Sidelight_Setup": `${here}/setupPermission.js`,
  "@salesforce/i18n/dir": `${here}/dir.js`,
  "@salesforce/i18n/locale": `${here}/locale.js`,
  "@salesforce/i18n/timeZone": `${here}/timeZone.js`,
  "lightning/navigation": `${here}/navigation.js`,
  "lightning/refresh": `${here}/refresh.js`,
  "lightning/uiRecordApi": `${here}/uiRecordApi.js`,
};

/** The icons that the panel and the page draw. */
export const icons = [
  ..."check chevronright clock dash error event hide info info_alt lock offline people refresh search settings spinner unlinked warning"
    .split(" ")
    .map((name) => `utility:${name}`),
  ..."account case contact lead opportunity".split(" ").map((name) => `standard:${name}`),
];
