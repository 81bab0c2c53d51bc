export { timeZone as default } from "./settings.js";
