export { locale as default } from "./settings.js";
