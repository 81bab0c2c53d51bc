import { z } from "zod";

export interface ApexDeps {
  apiUrl: () => string;
  /** The key that the org's external credential would hold. It stays on this side. */
  apiKey: () => string;
  fetchRecord: (object: string, id: string, fields: string[]) => Promise<Record<string, unknown>>;
}

/** SidelightAnswer.cls */
interface Answer {
  status: number;
  body: string | null;
  requestId: string | null;
  etag: string | null;
  retryAfter: number | null;
}

/** As Apex settles: a value, or the text of an AuraHandledException. */
export type ApexResult = { value: Answer } | { failure: { code: string; message: string } };

const salesforceId = z.string().regex(/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/);
const sectionNames = ["account", "support", "product", "health", "timeline", "notes"] as const;
const Parameters = z.object({
  objectApiName: z.enum(["Account", "Contact", "Lead", "Opportunity", "Case"]),
  recordId: salesforceId,
  candidate: z.string().max(600).nullish(),
  sections: z.array(z.string()).max(10).optional(),
  etag: z.string().nullish(),
});
type Parameters = z.infer<typeof Parameters>;

const firstDeadline = 900;
const followUpDeadline = 7000;
/** SAFE_ETAG of SidelightApi.cls. */
const safeEtag = /^(?:W\/)?"[A-Za-z0-9_+/=.:-]{1,100}"$/;

class Failure extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Stands in for SidelightController.cls: the same three methods make the same HTTP calls. */
export function createApex(deps: ApexDeps) {
  const send = (method: "GET" | "POST", path: string, timeout: number, etag: string | null = null) =>
    callout(deps, { method, path, timeout, etag });
  const read = (ref: string, query: string, deadline: number, etag?: string | null) =>
    send("GET", `/v1/context/${encodeURIComponent(ref)}?deadline=${deadline}${query}`, deadline + 4000, etag);

  const subject = async (parameters: Parameters): Promise<string> => {
    const ref = await customerOf(deps, parameters);
    if (!parameters.candidate) return ref;
    const offer = await read(ref, "&sections=account", firstDeadline);
    if (!candidatesIn(offer).includes(parameters.candidate)) {
      throw new Failure("not_found", "This record no longer matches that customer. Reload the page to see who it matches now.");
    }
    return parameters.candidate;
  };

  const methods: Record<string, (parameters: Parameters) => Promise<Answer>> = {
    getContext: async (parameters) => read(await subject(parameters), "", firstDeadline, parameters.etag),
    getSections: async (parameters) => {
      const known = sectionNames.filter((name) => parameters.sections?.includes(name));
      if (known.length === 0) throw new Failure("invalid_request", "Sidelight could not be reached.");
      return read(await subject(parameters), `&sections=${encodeURIComponent(known.join(","))}`, followUpDeadline);
    },
    refresh: async (parameters) => {
      const ref = await subject(parameters);
      const refreshed = await send("POST", `/v1/context/${encodeURIComponent(ref)}/refresh`, 12_000);
      return refreshed.status === 202 || refreshed.status === 204 ? read(ref, "", firstDeadline) : refreshed;
    },
  };

  return async (method: string, body: unknown): Promise<ApexResult> => {
    const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
    const parameters = Parameters.safeParse(body);
    if (!run || !parameters.success) {
      return {
        failure: { code: "invalid_ref", message: "Sidelight shows accounts, contacts, leads, opportunities and cases only." },
      };
    }
    try {
      return { value: await run(parameters.data) };
    } catch (error) {
      if (error instanceof Failure) return { failure: { code: error.code, message: error.message } };
      return { failure: { code: "internal", message: "Sidelight could not be reached." } };
    }
  };
}

/** SidelightRef.cls: an opportunity's customer is its account, a case's is its contact, else its account. */
async function customerOf({ fetchRecord }: ApexDeps, { objectApiName, recordId }: Parameters): Promise<string> {
  const own = `salesforce.${objectApiName.toLowerCase()}:${recordId}`;
  if (objectApiName !== "Opportunity" && objectApiName !== "Case") return own;
  // In an org this is a query of the org's own; here the simulator may just be switched off.
  const record = await fetchRecord(
    objectApiName,
    recordId,
    ["Id", "ContactId", "AccountId"].slice(objectApiName === "Case" ? 0 : 2),
  ).catch((): Record<string, unknown> => ({}));
  const { ContactId, AccountId } = record;
  if (typeof ContactId === "string") return `salesforce.contact:${ContactId}`;
  return typeof AccountId === "string" ? `salesforce.account:${AccountId}` : own;
}

interface Callout {
  method: string;
  path: string;
  timeout: number;
  etag: string | null;
}

async function callout({ apiUrl, apiKey }: ApexDeps, { method, path, timeout, etag }: Callout): Promise<Answer> {
  try {
    const response = await fetch(new URL(path, apiUrl()), {
      method,
      headers: {
        authorization: `Bearer ${apiKey()}`,
        accept: "application/json",
        "x-sidelight-panel": "salesforce",
        ...(etag !== null && safeEtag.test(etag) ? { "if-none-match": etag } : {}),
        ...(method === "POST" ? { "content-type": "application/json" } : {}),
      },
      ...(method === "POST" ? { body: "{}" } : {}),
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
    const late = error instanceof Error && error.name === "TimeoutError";
    throw late
      ? new Failure("timeout", "Sidelight did not answer in time.")
      : new Failure("network", "Sidelight could not be reached.");
  }
}

function candidatesIn({ status, body }: Answer): string[] {
  if (status !== 200 || body === null) return [];
  const context = JSON.parse(body) as { match?: { candidates?: { id: string }[] } };
  return (context.match?.candidates ?? []).map(({ id }) => id);
}
