import { AsyncLocalStorage } from "node:async_hooks";
import { PassThrough } from "node:stream";
import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import { createTokenSource } from "@sidelight/platform-kit/accessToken.ts";
import { createCursorGuard } from "@sidelight/platform-kit/cursors.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { createHttp, type PlatformResponse, readJson } from "@sidelight/platform-kit/http.ts";
import { networkError } from "@sidelight/platform-kit/networkFaults.ts";
import { type PageSize, timePage } from "@sidelight/platform-kit/pageSize.ts";
import { createPassedOver, readable } from "@sidelight/platform-kit/passedOver.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { withSecret } from "@sidelight/platform-kit/signInWithSecret.ts";
import { Connection } from "jsforce";
import { z } from "zod";
import { isDailyLimit, isLocked, limitRetryAt } from "./limits.ts";
import type { SalesforceOptions } from "./options.ts";
import { isMissingObject, MissingObjectError, SalesforceRefusal } from "./refusal.ts";
import { grant, refusal, secretOf } from "./signIn.ts";

const platform = "salesforce";
/** Allows for 200 records, each with the org's triggers and flows. */
const saveTimeoutMs = 60_000;
/**
 * A duplicate rule that only alerts does not refuse our writes. One that blocks still does: DUPLICATES_DETECTED. The option applies to
 * creates, updates and upserts.
 */
const saveHeaders = { "Sforce-Duplicate-Rule-Header": "allowSave=true" };
/** Codes of a state that passes: the same request may succeed later. */
const temporaryCodes: ReadonlySet<string> = new Set([
  // An answer of Salesforce's edge without a code: a timeout, or a limit of it.
  "ERROR_HTTP_408",
  "ERROR_HTTP_420",
  "ERROR_HTTP_425",
  "ERROR_HTTP_429",
  "INVALID_QUERY_LOCATOR",
  "QUERY_TIMEOUT",
  "REQUEST_RUNNING_TOO_LONG",
  "SERVER_UNAVAILABLE",
  "UNABLE_TO_LOCK_ROW",
  "UNKNOWN_EXCEPTION",
]);
/** Codes that refuse the user, or the API for the whole org. Nothing works until an administrator acts. */
const disabledCodes: ReadonlySet<string> = new Set([
  "API_CURRENTLY_DISABLED",
  "API_DISABLED_FOR_ORG",
  "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
]);
const Token = z.looseObject({ access_token: z.string().min(1), instance_url: z.url().nullish() });
/** One row of a query result. */
export const Row = z.looseObject({ Id: z.string().refine((id) => salesforceId(id) !== null, "not a record id") });
export type Row = z.infer<typeof Row>;
const QueryPage = z.looseObject({
  done: z.boolean(),
  nextRecordsUrl: z.string().nullish(),
  totalSize: z.number().nullish(),
  records: z.array(z.unknown()),
});

const FieldDescription = z.looseObject({
  name: z.string(),
  type: z.string().catch("unknown"),
  /** True for a formula or a roll-up summary. */
  calculated: z.boolean().catch(false),
  /** False for long text, and for some encrypted fields. */
  filterable: z.boolean().catch(true),
  /** Name of the relationship that a reference field opens: `OwnerId` → `Owner`. */
  relationshipName: z.string().nullable().catch(null),
  /** Objects that a reference field may point at. */
  referenceTo: z.array(z.string()).catch([]),
});
/** A field as the describe call reports it. */
export type FieldDescription = z.infer<typeof FieldDescription>;
const Description = z.looseObject({ fields: z.array(FieldDescription) });
/** Result of one record of a collection. Its messages may contain values, so only the kind of a reached limit or lock is kept. */
const Saved = z.object({
  id: z.string().nullish(),
  success: z.boolean(),
  errors: z
    .array(
      z
        .object({ statusCode: z.string(), message: z.string().catch(""), fields: z.array(z.string()).nullish() })
        .transform(({ message, statusCode, ...error }) => ({
          ...error,
          statusCode: isLocked(message) ? "UNABLE_TO_LOCK_ROW" : statusCode,
          isDailyLimit: isDailyLimit(message),
        })),
    )
    .nullish(),
});
export type Saved = z.infer<typeof Saved>;
const Versions = z.array(z.looseObject({ version: z.string() }));

export interface SalesforceClient {
  /** All rows of a query in pages of up to 2,000. */
  pages(soql: string, call: CallOptions, options?: QueryOptions): AsyncIterable<QueryRows>;
  /**
   * Fields of an object that the integration's user can see.
   * @throws {PlatformError} `not_found` when the org has no such object, or hides it from the user
   */
  describe(object: string, call: CallOptions): Promise<FieldDescription[]>;
  /**
   * Writes up to 200 records independently and returns a result for each, in order. `PATCH /composite/sobjects` updates by `id`;
   * with `upsertBy` (`Task/External_Id__c`) it creates missing records.
   * @throws {SalesforceRefusal} when the whole request is refused; one malformed record is enough for that
   */
  save(records: SavedRecord[], call: CallOptions, upsertBy?: string): Promise<Saved[]>;
  /** API versions of the org, such as 67.0. */
  versions(call: CallOptions): Promise<string[]>;
  /** Signs in for a streaming connection. */
  openStreamingSession(): Promise<StreamingSession>;
  close(): Promise<void>;
}

export interface QueryOptions {
  /** Deleted rows as well. */
  withDeleted?: boolean;
  /** Rows of a page; as many as Salesforce decides when left out. */
  pageSize?: PageSize;
}

/** One page of a query's result. */
export interface QueryRows {
  rows: Row[];
  /** Rows that could not be used, by reason. */
  passedOver: Record<string, number>;
  /** Rows of the whole result, as Salesforce announced them; null when it did not. */
  totalSize: number | null;
  isLast: boolean;
}

export type SavedRecord = { attributes: { type: string } } & Record<string, unknown>;

/** A signed-in session for the streaming API. */
export interface StreamingSession {
  streamingUrl: string;
  token: string;
  /** POSTs without using the daily quota: Salesforce does not count streaming requests. */
  post(url: string, headers: Record<string, string>, body: string, options: StreamingCall): Promise<PlatformResponse>;
  /** Drops the session's token after Salesforce refused it. */
  invalidate(): void;
}

export interface StreamingCall {
  signal: AbortSignal;
  timeoutMs: number;
}

type TimedCall = CallOptions & { timeoutMs?: number };

interface JsforceRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers?: Record<string, string>;
  body?: string;
}

/**
 * jsforce implements the protocol. Its requests go through our HTTP client, so that each one uses a quota, has a timeout and is
 * logged, and so that jsforce neither retries nor signs in again on its own.
 */
export function createClient(options: SalesforceOptions, tools: ConnectionTools): SalesforceClient {
  const http = createHttp(platform, tools);
  const calls = new AsyncLocalStorage<TimedCall>();
  const bySecret = withSecret(tools, secretOf(options.auth));
  const tokens = createTokenSource(() => bySecret(fetchToken), tools.monotonic);
  let instanceUrl = options.url;
  const signIn = { priority: "interactive", signal: new AbortController().signal } as const;

  return {
    close: () => http.close(),

    async *pages(soql, call, { withDeleted = false, pageSize } = {}) {
      const guard = createCursorGuard(platform);
      const passedOver = createPassedOver();
      // Salesforce remembers the size with the cursor: it counts for all pages of the query.
      const headers: Record<string, string> = pageSize ? { "sforce-query-options": `batchSize=${pageSize.current()}` } : {};
      let page = await queryPage(call, pageSize, (connection) => connection.query(soql, { scanAll: withDeleted, headers }));
      for (;;) {
        // Only `done` ends a result. A page may be short, or empty.
        const next = page.done ? null : page.nextRecordsUrl;
        if (next === undefined || next === "") throw unexpectedFormat();
        const rows = readable(Row, page.records, passedOver);
        yield { rows, passedOver: passedOver.take(), totalSize: page.totalSize ?? null, isLast: next === null };
        if (next === null) return;
        const cursor = guard.next(next);
        page = await queryPage(call, pageSize, (connection) => connection.queryMore(cursor));
      }
    },

    async describe(object, call) {
      try {
        return (await callSignedIn(call, (connection) => connection.describe(object), Description)).fields;
      } catch (error) {
        throw isMissingObject(error) ? new MissingObjectError(object) : error;
      }
    },

    async save(records, call, upsertBy) {
      const url = `/composite/sobjects${upsertBy === undefined ? "" : `/${upsertBy}`}`;
      const headers = { "content-type": "application/json", ...saveHeaders };
      const body = JSON.stringify({ allOrNone: false, records });
      const work = (connection: Connection) => connection.request({ method: "PATCH", url, headers, body });
      const results = await callSignedIn({ ...call, timeoutMs: saveTimeoutMs }, work, z.array(Saved));
      if (results.length === records.length) return results;
      throw unexpectedFormat();
    },

    async versions(call) {
      const versions = await callSignedIn(call, (connection) => connection.request("/services/data/"), Versions);
      return versions.map(({ version }) => version);
    },

    async openStreamingSession() {
      const token = await tokens.get();
      return {
        streamingUrl: `${instanceUrl.replace(/\/$/, "")}/cometd/${options.apiVersion}`,
        token,
        post: (url, headers, body, options) =>
          http.send({ method: "POST", url, route: routeOf(url), headers, body }, { ...options, priority: "sync", quota: null }),
        invalidate: () => tokens.invalidate(token),
      };
    },
  };

  async function queryPage(
    call: CallOptions,
    pageSize: PageSize | undefined,
    work: (connection: Connection) => PromiseLike<unknown>,
  ): Promise<z.infer<typeof QueryPage>> {
    if (!pageSize) return await callSignedIn(call, work, QueryPage);
    const timer = timePage(pageSize, tools.monotonic);
    try {
      const page = await callSignedIn({ ...call, onSend: timer.onSend }, work, QueryPage);
      timer.end(true);
      return page;
    } finally {
      timer.end(false);
    }
  }

  /** Runs one jsforce call. An expired session is renewed once, never in a loop. */
  async function callSignedIn<T extends z.ZodType>(
    call: TimedCall,
    work: (connection: Connection) => PromiseLike<unknown>,
    schema: T,
  ): Promise<z.infer<T>> {
    for (let attempt = 1; ; attempt++) {
      const token = await tokens.get();
      try {
        const parsed = schema.safeParse(await calls.run(call, async () => await work(connectionWith(token))));
        if (parsed.success) return parsed.data;
        throw unexpectedFormat();
      } catch (error) {
        const platformError = toError(error);
        if (platformError.code !== "invalid_credentials" || attempt > 1) throw platformError;
        tokens.invalidate(token);
      }
    }
  }

  function connectionWith(accessToken: string): Connection {
    const connection = new Connection({
      instanceUrl,
      accessToken,
      version: options.apiVersion,
      // Returned as changeOrigin of change events, which identifies echoes of our own writes.
      callOptions: { client: "sidelight" },
    });
    // jsforce has no public option for a custom transport.
    Object.assign(connection, { _transport: { httpRequest } });
    return connection;
  }

  function httpRequest(request: JsforceRequest) {
    const call: TimedCall = calls.getStore() ?? signIn;
    const response = (async () => {
      const { method, url, headers = {}, body } = request;
      const response = await http.send(
        { method, url, route: routeOf(url), headers, ...(body === undefined ? {} : { body }) },
        { ...call, quota: "daily" },
      );
      reportQuota(response.headers["sforce-limit-info"]);
      const text = await response.text();
      if (response.status >= 500) {
        throw new PlatformError("unavailable", platform, `Salesforce answered ${response.status}.`, { status: response.status });
      }
      return { statusCode: response.status, headers: response.headers, body: text };
    })();
    return Object.assign(response, { stream: () => new PassThrough() });
  }

  /** `Sforce-Limit-Info: api-usage=10018/100000; per-app-api-usage=17/250(appName=sidelight)`. The lower of the two is what is left. */
  function reportQuota(header: string | undefined): void {
    const quotas = [...(header ?? "").matchAll(/api-usage=(\d+)\/(\d+)/g)].map(([, usage, limit]) => ({
      limit: Number(limit),
      remaining: Math.max(0, Number(limit) - Number(usage)),
    }));
    const [quota] = quotas.sort((a, b) => a.remaining - b.remaining);
    if (quota) tools.onQuota("daily", { ...quota, resetAt: null });
  }

  async function fetchToken(secret: string) {
    const body = await grant(options, secret, tools.now());
    const response = await http.send(
      {
        method: "POST",
        url: `${options.url.replace(/\/$/, "")}/services/oauth2/token`,
        route: "/services/oauth2/token",
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
        body: body.toString(),
      },
      { ...signIn, quota: "daily" },
    );
    if (response.status >= 500) {
      await response.text().catch(() => "");
      throw new PlatformError("unavailable", platform, `Salesforce answered ${response.status}.`, { status: response.status });
    }
    if (response.status !== 200) throw refusal(response.status, await response.text());
    const token = Token.safeParse(await readJson(platform, response));
    if (!token.success) throw new PlatformError("unavailable", platform, "Salesforce's token response has an unexpected format.");
    instanceUrl = token.data.instance_url ?? options.url;
    // The token goes there with every call.
    if (new URL(instanceUrl).protocol !== new URL(options.url).protocol) {
      throw new PlatformError("unavailable", platform, "Salesforce's token response names an instance with another protocol.");
    }
    // The response contains no lifetime. The org's session policy ends the session; INVALID_SESSION_ID reports it.
    return { value: token.data.access_token, expiresAt: null };
  }

  /** jsforce throws an Error with the first `errorCode` of Salesforce's response. Its message may contain values and is dropped. */
  function toError(error: unknown): PlatformError {
    if (error instanceof PlatformError) return error;
    const { code, message } = faultOf(error);
    if (code === "") return networkError(platform, error);
    if (code === "INVALID_SESSION_ID" || code === "ERROR_HTTP_401") {
      return new PlatformError("invalid_credentials", platform, "Salesforce refused the session.", { status: 401 });
    }
    if (code === "REQUEST_LIMIT_EXCEEDED") {
      const isDaily = isDailyLimit(message);
      const retryAt = limitRetryAt(isDaily, tools.now());
      if (isDaily) tools.onQuota("daily", { limit: options.requestsPerDay, remaining: 0, resetAt: retryAt });
      const reason = isDaily
        ? "Salesforce's daily request quota is used up."
        : "This org has too many requests at the same time.";
      return new PlatformError("rate_limited", platform, reason, { status: 403, retryAt });
    }
    if (temporaryCodes.has(code)) {
      return new PlatformError("unavailable", platform, `Salesforce could not serve the request at the moment (${code}).`);
    }
    if (code === "NOT_FOUND")
      return new PlatformError("not_found", platform, "Salesforce has no such record. It may have been deleted.", {
        status: 404,
      });
    if (disabledCodes.has(code)) {
      return new PlatformError("invalid_credentials", platform, `The API is disabled for this org or user (${code}).`, {
        status: 403,
      });
    }
    return new SalesforceRefusal(code);
  }
}

const unexpectedFormat = () =>
  new PlatformError("unavailable", platform, "Salesforce's response has an unexpected format.", { isPlatformFault: false });

const Faults = z.object({ data: z.array(z.object({ errorCode: z.string(), message: z.string().catch("") })) });

/** Code and text of the error; the first one when there are several. The text may contain values, so it is only compared. */
function faultOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error && "errorCode" in error)) return { code: "", message: "" };
  const code = String(error.errorCode);
  const [first] = code === "MULTIPLE_API_ERRORS" ? (Faults.safeParse(error).data?.data ?? []) : [];
  return first ? { code: first.errorCode, message: first.message } : { code, message: error.message };
}

/** `/services/data/v67.0/query?q=…` → `/services/data/{version}/query` */
function routeOf(url: string): string {
  return new URL(url, "http://localhost").pathname
    .replace(/\/v\d+\.\d+\//, "/{version}/")
    .replace(/^\/cometd\/[\d.]+$/, "/cometd/{version}")
    .replace(/\/(query(?:All)?)\/[^/]+$/, "/$1/{locator}")
    .replace(/\/sobjects\/(\w+)\/[a-zA-Z0-9]{15,18}/, "/sobjects/$1/{id}");
}
