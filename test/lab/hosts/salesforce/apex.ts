import { z } from "zod";
import { type RunningUser, signAssertion } from "./assertion.ts";

export interface ApexDeps {
  apiUrl: () => string;
  /** The key that the org's external credential would hold. It is never sent to the browser. */
  apiKey: () => string;
  /** Name of the running user's profile. */
  profile?: string;
  /** Signs for the running user. Without it the org has no certificate, and calls have the rights of the key alone. */
  user?: () => RunningUser;
  fetchRecord: (object: string, id: string, fields: string[]) => Promise<Record<string, unknown>>;
}

/** SidelightResponse.cls */
interface ApexResponse {
  status: number;
  body: string | null;
  requestId: string | null;
  etag: string | null;
  retryAfter: number | null;
}

/** Result of an Apex method: its value, or the message of an AuraHandledException. */
export type ApexResult = { value: ApexResponse } | { failure: { code: string; message: string } };

const salesforceId = z.string().regex(/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/);
/** SECTION_NAME of SidelightController.cls. */
const sectionName = /^[a-z][a-z0-9_]{0,39}$/;
/** REASONS of SidelightCustomers.cls. */
const ListParameters = z.object({ reason: z.enum(["at_risk", "renewing", "gone_quiet"]) });
const Parameters = z.object({
  objectApiName: z.enum(["Account", "Contact", "Lead", "Opportunity", "Case"]),
  recordId: salesforceId,
  candidate: z.string().max(600).nullish(),
  sections: z.array(z.string()).max(10).optional(),
  etag: z.string().nullish(),
  kind: z.string().optional(),
  target: z.string().max(600).nullish(),
  decisions: z.array(z.string()).max(100).optional(),
  idempotencyKey: z.string().nullish(),
  action: z.string().optional(),
  input: z.string().max(20_000).optional(),
  id: z.string().max(100).optional(),
  keys: z.array(z.string()).max(20).optional(),
  locale: z.string().nullish(),
  source: z.string().nullish(),
  cursor: z.string().nullish(),
});
type Parameters = z.infer<typeof Parameters>;

const firstDeadline = 900;
const followUpDeadline = 7000;
/** SAFE_ETAG of SidelightApi.cls. */
const safeEtag = /^(?:W\/)?"[A-Za-z0-9_+/=.:-]{1,100}"$/;

class ApexFailure extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** SAFE_LOCALE of SidelightApi.cls, and CARD_KEY of SidelightCards.cls. */
const safeLocale = /^[A-Za-z0-9-]{2,35}$/;
const cardKey = /^[a-z][a-z0-9-]{0,39}$/;

/** placeOf of SidelightApi.cls: the object, the language and the user's profile. */
function placeOf({ objectApiName, locale }: Parameters, profile: string | undefined): string {
  const language = locale && safeLocale.test(locale) ? `&locale=${locale}` : "";
  const team = profile === undefined ? "" : `&team=${encodeURIComponent(profile)}`;
  return `&place=${objectApiName.toLowerCase()}${language}${team}`;
}

/** SAFE_SOURCE of SidelightTimeline.cls. */
const safeSource = /^[a-z][a-z0-9_-]{0,39}$/;

/** SAFE_KEY of SidelightIdentity.cls. */
const safeKey = /^[A-Za-z0-9-]{8,64}$/;

/** SAFE_ID and FIELDS of SidelightActions.cls. */
const safeId = /^[A-Za-z0-9_-]{1,80}$/;
const actionFields: Readonly<Record<string, readonly string[]>> = {
  note: ["body"],
  "delete-note": ["note"],
  pin: ["pinned", "note"],
  "follow-up": ["platform", "subject", "text", "owner", "dueDate"],
  reveal: ["pointers", "reason"],
};

/** Simulates SidelightController.cls, SidelightCards.cls, SidelightTimeline.cls, SidelightIdentity.cls and SidelightActions.cls: the same methods make the same HTTP requests. */
export function createApex(deps: ApexDeps) {
  const send = (method: "GET" | "POST", path: string, timeout: number, etag: string | null = null) =>
    callout(deps, { method, path, timeout, etag });
  const read = (ref: string, query: string, deadline: number, etag?: string | null) =>
    send("GET", `/v1/context/${encodeURIComponent(ref)}?deadline=${deadline}${query}`, deadline + 4000, etag);

  const refFor = async (parameters: Parameters): Promise<string> => {
    const ref = await customerOf(deps, parameters);
    if (!parameters.candidate) return ref;
    const response = await read(ref, "&sections=account", firstDeadline);
    if (!candidateIds(response).includes(parameters.candidate)) {
      throw new ApexFailure(
        "not_found",
        "This record no longer matches that customer. Reload the page to see who it matches now.",
      );
    }
    return parameters.candidate;
  };

  const identityOf = (ref: string) => send("GET", `/v1/identity/${encodeURIComponent(ref)}`, 12_000);

  /** A change is accepted only for what the API offers for the record. */
  const changeBody = async (ref: string, { kind, target, decisions }: Parameters): Promise<object> => {
    if (kind === "unlink") return { ref };
    if (kind === "link" && target) {
      const candidates = candidateIds(await read(ref, "&sections=account", firstDeadline));
      if ([...candidates, ...suggestedIds(await identityOf(ref))].includes(target)) return { ref, to: target };
    }
    if (kind === "undo" && decisions?.length) {
      const ids = decisionIds(await identityOf(ref));
      if (decisions.every((id) => ids.includes(id))) return { decisions };
    }
    throw new ApexFailure("not_found", "This record no longer matches that customer. Reload the page to see who it matches now.");
  };

  const methods: Record<string, (parameters: Parameters) => Promise<ApexResponse>> = {
    getContext: async (parameters) =>
      read(await refFor(parameters), placeOf(parameters, deps.profile), firstDeadline, parameters.etag),
    getSections: async (parameters) => {
      const sections = [...new Set(parameters.sections)].filter((name) => sectionName.test(name));
      if (sections.length === 0) throw new ApexFailure("invalid_request", "Sidelight could not be reached.");
      return read(await refFor(parameters), `&sections=${encodeURIComponent(sections.join(","))}`, followUpDeadline);
    },
    refresh: async (parameters) => {
      const ref = await refFor(parameters);
      const place = placeOf(parameters, deps.profile);
      const response = await send("POST", `/v1/context/${encodeURIComponent(ref)}/refresh${place.replace("&", "?")}`, 12_000);
      return response.status === 202 || response.status === 204 ? read(ref, place, firstDeadline) : response;
    },
    getCards: async (parameters) => {
      const keys = (parameters.keys ?? []).filter((key) => cardKey.test(key));
      if (keys.length === 0) throw new ApexFailure("invalid_request", "Sidelight could not be reached.");
      const ref = await refFor(parameters);
      const { locale } = parameters;
      const body = { ref, keys, ...(locale && safeLocale.test(locale) ? { locale } : {}) };
      return callout(deps, { method: "POST", path: "/v1/cards", timeout: 12_000, etag: null, body, ref });
    },
    getEvents: async (parameters) => {
      const { source, cursor } = parameters;
      if ((source && !safeSource.test(source)) || (cursor ?? "").length > 400)
        throw new ApexFailure("invalid_request", "Sidelight could not be reached.");
      const ref = await refFor(parameters);
      const query = new URLSearchParams({ limit: "50", ...(source ? { source } : {}), ...(cursor ? { cursor } : {}) });
      return send("GET", `/v1/timeline/${encodeURIComponent(ref)}?${query.toString()}`, 12_000);
    },
    getIdentity: async (parameters) => identityOf(await customerOf(deps, parameters)),
    change: async (parameters) => {
      const { kind = "", idempotencyKey } = parameters;
      if (!idempotencyKey || !safeKey.test(idempotencyKey))
        throw new ApexFailure("invalid_request", "Sidelight could not be reached.");
      const ref = await customerOf(deps, parameters);
      const body = await changeBody(ref, parameters);
      const path = `/v1/identity/${encodeURIComponent(kind)}`;
      return callout(deps, { method: "POST", path, timeout: 12_000, etag: null, body, idempotencyKey, ref });
    },
  };

  const actionMethods: typeof methods = {
    take: async (parameters) => {
      const { action = "", input = "{}", idempotencyKey } = parameters;
      const fields = actionFields[action];
      if (!fields || !idempotencyKey || !safeKey.test(idempotencyKey))
        throw new ApexFailure("invalid_request", "Sidelight could not be reached.");
      const ref = await customerOf(deps, parameters);
      const givenFields = Object.entries(JSON.parse(input) as object).filter(
        ([name, value]) => fields.includes(name) && value !== null,
      );
      const body = { ref, ...Object.fromEntries(givenFields) };
      return callout(deps, {
        method: "POST",
        path: `/v1/actions/${action}`,
        timeout: 12_000,
        etag: null,
        body,
        idempotencyKey,
        ref,
      });
    },
    getAction: async (parameters) => {
      const ref = await customerOf(deps, parameters);
      const { id = "" } = parameters;
      if (!safeId.test(id)) throw new ApexFailure("invalid_request", "Sidelight could not be reached.");
      return callout(deps, { method: "GET", path: `/v1/actions/${id}`, timeout: 12_000, etag: null, ref });
    },
    getPins: async (parameters) =>
      callout(deps, { method: "GET", path: "/v1/pins", timeout: 12_000, etag: null, ref: await customerOf(deps, parameters) }),
  };

  /** SidelightCustomers.cls: accounts of the running user. */
  const getMyAccounts = async (body: unknown): Promise<ApexResponse> => {
    const list = ListParameters.safeParse(body);
    if (!list.success || !deps.user) throw new ApexFailure("invalid_request", "Sidelight could not be reached.");
    const self = `salesforce.user:${deps.user().userId}`;
    const path = `/v1/customers?limit=10&reason=${list.data.reason}&owner=${encodeURIComponent(self)}`;
    return await callout(deps, { method: "GET", path, timeout: 12_000, etag: null, ref: self });
  };

  return async (method: string, body: unknown): Promise<ApexResult> => {
    if (method === "getMyAccounts") return await resultOf(() => getMyAccounts(body));
    const allMethods = { ...methods, ...actionMethods };
    const run = Object.hasOwn(allMethods, method) ? allMethods[method] : undefined;
    const parameters = Parameters.safeParse(body);
    if (!run || !parameters.success) {
      return {
        failure: { code: "invalid_ref", message: "Sidelight shows accounts, contacts, leads, opportunities and cases only." },
      };
    }
    return await resultOf(() => run(parameters.data));
  };
}

async function resultOf(run: () => Promise<ApexResponse>): Promise<ApexResult> {
  try {
    return { value: await run() };
  } catch (error) {
    if (error instanceof ApexFailure) return { failure: { code: error.code, message: error.message } };
    return { failure: { code: "internal", message: "Sidelight could not be reached." } };
  }
}

/** SidelightRef.cls: the customer of an opportunity is its account, of a case its contact, otherwise its account. */
async function customerOf({ fetchRecord }: ApexDeps, { objectApiName, recordId }: Parameters): Promise<string> {
  const recordRef = `salesforce.${objectApiName.toLowerCase()}:${recordId}`;
  if (objectApiName !== "Opportunity" && objectApiName !== "Case") return recordRef;
  // An org always answers its own query. Here the simulator may be switched off.
  const record = await fetchRecord(
    objectApiName,
    recordId,
    ["Id", "ContactId", "AccountId"].slice(objectApiName === "Case" ? 0 : 2),
  ).catch((): Record<string, unknown> => ({}));
  const { ContactId, AccountId } = record;
  if (typeof ContactId === "string") return `salesforce.contact:${ContactId}`;
  return typeof AccountId === "string" ? `salesforce.account:${AccountId}` : recordRef;
}

interface Callout {
  method: string;
  path: string;
  timeout: number;
  etag: string | null;
  body?: object;
  idempotencyKey?: string;
  /** The customer that the call is about; the one in its path when left out. */
  ref?: string;
}

/** `/v1/context/salesforce.contact%3A003…?deadline=900` → the ref. */
const refInPath = (path: string): string => decodeURIComponent(/^\/v1\/[a-z]+\/([^/?]+)/.exec(path)?.[1] ?? "");

async function callout(
  { apiUrl, apiKey, user }: ApexDeps,
  { method, path, timeout, etag, body, idempotencyKey, ref }: Callout,
): Promise<ApexResponse> {
  try {
    const assertion = user ? await signAssertion(user(), ref ?? refInPath(path)) : null;
    const response = await fetch(`${apiUrl().replace(/\/$/, "")}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey()}`,
        accept: "application/json",
        "x-sidelight-panel": "salesforce",
        ...(assertion === null ? {} : { "x-sidelight-assertion": assertion }),
        ...(etag !== null && safeEtag.test(etag) ? { "if-none-match": etag } : {}),
        ...(method === "POST" ? { "content-type": "application/json" } : {}),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      },
      ...(method === "POST" ? { body: JSON.stringify(body ?? {}) } : {}),
      signal: AbortSignal.timeout(timeout),
    });
    const text = await response.text();
    const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
    return {
      status: response.status,
      body: response.headers.get("content-type")?.includes("json") ? text : null,
      requestId: response.headers.get("x-request-id"),
      etag: response.headers.get("etag"),
      retryAfter: Number.isInteger(retryAfter) ? retryAfter : null,
    };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === "TimeoutError";
    throw isTimeout
      ? new ApexFailure("timeout", "Sidelight did not answer in time.")
      : new ApexFailure("network", "Sidelight could not be reached.");
  }
}

function candidateIds({ status, body }: ApexResponse): string[] {
  if (status !== 200 || body === null) return [];
  const context = JSON.parse(body) as { match?: { candidates?: { id: string }[] } };
  return (context.match?.candidates ?? []).map(({ id }) => id);
}

interface IdentityBody {
  candidates?: { left: { id: string }; right: { id: string } }[];
  history?: { id: string }[];
}

const identityBody = ({ status, body }: ApexResponse): IdentityBody => (status === 200 && body ? JSON.parse(body) : {});
const suggestedIds = (response: ApexResponse): string[] =>
  (identityBody(response).candidates ?? []).flatMap(({ left, right }) => [left.id, right.id]);
const decisionIds = (response: ApexResponse): string[] => (identityBody(response).history ?? []).map(({ id }) => id);
