import getContext from "@salesforce/apex/SidelightController.getContext";
import getSections from "@salesforce/apex/SidelightController.getSections";
import refreshContext from "@salesforce/apex/SidelightController.refresh";

/**
 * @typedef {import("@sidelight/contracts/context/context.ts").Context} Context
 * @typedef {import("@sidelight/contracts/context/sections.ts").SectionName} SectionName
 * @typedef {import("@sidelight/panel/index.ts").PanelProblem} PanelProblem
 * @typedef {import("@sidelight/panel/index.ts").SetupFault} SetupFault
 * @typedef {{ status: number, body?: string | null, requestId?: string | null, etag?: string | null, retryAfter?: number | null }} Answer SidelightAnswer of Apex
 * @typedef {{ objectApiName: string, recordId: string, candidate: string | null }} Subject
 * @typedef {object} Outcome What came of a question: one of the first three, or none where nothing has changed.
 * @property {Context | null} context
 * @property {PanelProblem | null} problem
 * @property {SetupFault | null} setup
 * @property {string | null} requestId
 * @property {string | null} [etag] names the answer
 */

/** @param {Subject} subject @param {string | null} [etag] of the answer on screen @returns {Promise<Outcome>} */
export function ask(subject, etag) {
  return settle(getContext(etag ? { ...subject, etag } : { ...subject }));
}

/** @param {Subject} subject @param {SectionName[]} sections @returns {Promise<Outcome>} */
export function askSections(subject, sections) {
  return settle(getSections({ ...subject, sections }));
}

/** @param {Subject} subject @returns {Promise<Outcome>} */
export function askRefresh(subject) {
  return settle(refreshContext({ ...subject }));
}

/** Nothing is thrown past here: a failed question is an outcome like any other.
 * @param {Promise<Answer>} call
 * @returns {Promise<Outcome>}
 */
async function settle(call) {
  try {
    return fromAnswer(await call);
  } catch (error) {
    return fromFailure(error);
  }
}

/** @param {Answer} answer @returns {Outcome} */
function fromAnswer(answer) {
  const requestId = answer.requestId ?? null;
  const body = parse(answer.body);
  if (answer.status === 200 && body?.match && body?.sections) {
    return { context: /** @type {Context} */ (body), problem: null, setup: null, requestId, etag: answer.etag ?? null };
  }
  if (answer.status === 304) return { context: null, problem: null, setup: null, requestId };
  // The key is the org's: to the person at the screen a refused one is a matter of setup, not of signing in.
  if (answer.status === 401) return { context: null, problem: null, setup: "credentials_refused", requestId };
  const retryAt = answer.retryAfter ? Date.now() + answer.retryAfter * 1000 : null;
  return { context: null, problem: { code: codeOf(answer.status, body?.code), requestId, retryAt }, setup: null, requestId };
}

/** @param {number} status @param {string | undefined} code @returns {PanelProblem["code"]} */
function codeOf(status, code) {
  if (code) return /** @type {PanelProblem["code"]} */ (code);
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429) return "rate_limited";
  if (status === 503) return "overloaded";
  return "internal";
}

/** Apex says `{"code": …, "message": …}`; anything else comes from the platform itself.
 * @param {unknown} error @returns {Outcome}
 */
function fromFailure(error) {
  const message = /** @type {{ body?: { message?: string } }} */ (error)?.body?.message;
  const code = parse(message)?.code ?? "network";
  /** @type {SetupFault | null} */
  const setup = code === "credentials" ? "credentials_refused" : code === "endpoint" ? "domain_refused" : null;
  const problem = setup ? null : { code, requestId: null, retryAt: null };
  return { context: null, problem, setup, requestId: null };
}

/** @param {string | null | undefined} text @returns {any} */
function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
