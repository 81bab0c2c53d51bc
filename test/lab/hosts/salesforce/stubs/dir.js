export { dir as default } from "./settings.js";
