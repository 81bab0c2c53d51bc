export { admin as default } from "./settings.js";
