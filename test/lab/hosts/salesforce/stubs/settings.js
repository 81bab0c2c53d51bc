/** User settings of the org, from the page's URL: `?locale=de-DE&timeZone=Europe/Berlin&admin=1`. */
const parameters = new URLSearchParams(window.location.search);

export const locale = parameters.get("locale") ?? "en-US";
export const timeZone = parameters.get("timeZone") ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
export const dir = /^(ar|fa|he|ur)\b/.test(locale) ? "rtl" : "ltr";
export const admin = parameters.has("admin") ? true : undefined;
/** Only the panel, for the gallery. */
export const isBare = parameters.has("bare");
/** Each record opens a subtab of its own and stays loaded, as in a console. */
export const isConsole = parameters.has("console");
export const scheme = parameters.get("scheme") === "dark" ? "dark" : "light";
export const width = Math.min(640, Math.max(256, Number(parameters.get("width")) || 360));
/** The page starts without a network. */
export const isOffline = parameters.has("offline");
