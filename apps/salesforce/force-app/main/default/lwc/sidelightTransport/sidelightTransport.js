import getContext from "@salesforce/apex/SidelightController.getContext";
import getSections from "@salesforce/apex/SidelightController.getSections";
import refresh from "@salesforce/apex/SidelightController.refresh";
import locale from "@salesforce/i18n/locale";
import { failedAnswer } from "c/sidelightModel";

/**
 * @typedef {import("@sidelight/panel/session/transport.ts").ReadResult} ReadResult
 * @typedef {import("@sidelight/panel/session/transport.ts").PanelSubject & { objectApiName: string, recordId: string }} RecordSubject
 * @typedef {import("@sidelight/panel/session/transport.ts").PanelTransport<RecordSubject>} RecordTransport
 * @typedef {import("@sidelight/panel/session/transport.ts").PanelRequest<RecordSubject>} RecordRequest
 * @typedef {import("@sidelight/panel/index.ts").SetupFault} SetupFault
 * @typedef {{ status: number, body?: string | null, requestId?: string | null, etag?: string | null, retryAfter?: number | null }} ApexResponse SidelightResponse.cls
 */

/** The panel session's transport: Apex calls the API through the org's named credential. @returns {RecordTransport} */
export function createApexTransport() {
  return {
    getContext: ({ etag, ...request }) => read(getContext({ ...parametersOf(request), locale, ...(etag && { etag }) })),
    getSections: ({ sections, ...request }) => read(getSections({ ...parametersOf(request), sections: [...sections] })),
    refresh: (request) => read(refresh({ ...parametersOf(request), locale })),
  };
}

/** @param {RecordRequest} request */
function parametersOf({ subject: { objectApiName, recordId }, candidate }) {
  return { objectApiName, recordId, candidate };
}

/** @param {Promise<ApexResponse>} call @returns {Promise<ReadResult>} */
function read(call) {
  return call.then(resultOf, failureOf);
}

/** @param {ApexResponse} response @returns {ReadResult} */
function resultOf({ status, body, requestId = null, etag, retryAfter = null }) {
  if (status === 304) return { kind: "unchanged", requestId };
  const content = parse(body);
  if (status === 200) return { kind: "context", context: content, requestId, etag };
  return failedAnswer({ status, code: content?.code ?? null, requestId, retryAfterSeconds: retryAfter });
}

/** Our Apex fails with `{"code": …, "message": …}`. Any other text comes from the platform and means a network failure.
 * @param {{ body?: { message?: string } } | null} error @returns {ReadResult} */
function failureOf(error) {
  const code = parse(error?.body?.message)?.code ?? "network";
  const setup = setupFaults[code] ?? null;
  return { kind: "failed", problem: { code: setup ? "internal" : code, requestId: null, retryAt: null }, setup };
}

/** @type {Record<string, SetupFault>} */
const setupFaults = { credentials: "credentials_refused", endpoint: "domain_refused" };

/** @param {string | null | undefined} text @returns {any} null if the text is not JSON */
function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
