import { callApex } from "./call.js";

/** @param {Record<string, unknown>} parameters */
export default (parameters) => callApex("getCards", parameters);
