import { AsyncLocalStorage } from "node:async_hooks";
import { PassThrough } from "node:stream";
import { createTokenSource } from "@sidelight/platform-kit/accessToken.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { createHttp, networkError, type PlatformResponse, readJson } from "@sidelight/platform-kit/http.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { withSecret } from "@sidelight/platform-kit/signInWithSecret.ts";
import { Connection } from "jsforce";
import { z } from "zod";
import type { SalesforceOptions } from "./options.ts";
import { SalesforceRefusal } from "./refusal.ts";
import { grant, refusal, secretOf } from "./signIn.ts";
import { canonicalId } from "./soql.ts";

const platform = "salesforce";
/** Two hundred records, each with the org's own triggers and flows. */
const saveTimeoutMs = 60_000;
const Token = z.looseObject({ access_token: z.string().min(1), instance_url: z.url().nullish() });
/** One row of a query's answer, as it came. */
export const Row = z.looseObject({ Id: z.string().refine((id) => canonicalId(id) !== null, "not a record id") });
export type Row = z.infer<typeof Row>;
const QueryPage = z.looseObject({ done: z.boolean(), nextRecordsUrl: z.string().nullish(), records: z.array(Row) });

const Description = z.looseObject({ fields: z.array(z.looseObject({ name: z.string(), type: z.string().nullish() })) });
/** What became of one record of a collection. Messages may quote values, so they are left out. */
const Saved = z.object({
  id: z.string().nullish(),
  success: z.boolean(),
  errors: z.array(z.object({ statusCode: z.string(), fields: z.array(z.string()).nullish() })).nullish(),
});
export type Saved = z.infer<typeof Saved>;
const Versions = z.array(z.looseObject({ version: z.string() }));

export interface SalesforceClient {
  /** All rows of a query, a batch (2,000 at most) at a time; deleted ones too when asked for. */
  pages(soql: string, call: CallOptions, withDeleted?: boolean): AsyncIterable<{ rows: Row[]; done: boolean }>;
  /** Names of the fields that the integration's user can see on an object. */
  fields(object: string, call: CallOptions): Promise<ReadonlySet<string>>;
  /**
   * Writes up to 200 records, each for itself, and answers for each in their order: `PATCH /composite/sobjects` updates by `id`,
   * with `upsertBy` (`Task/External_Id__c`) it makes those that aren't there.
   * @throws {SalesforceRefusal} when the whole was refused, which one record that can't be read is enough for
   */
  save(records: SavedRecord[], call: CallOptions, upsertBy?: string): Promise<Saved[]>;
  /** Fields of an object as the org has them now, with their types. */
  types(object: string, call: CallOptions): Promise<Record<string, string>>;
  /** Versions of the API that the org has, as in 67.0. */
  versions(call: CallOptions): Promise<string[]>;
  /** Signs in for what stays open. */
  live(): Promise<LiveSession>;
  close(): Promise<void>;
}

export type SavedRecord = { attributes: { type: string } } & Record<string, unknown>;

/** A sign-in that somebody else holds: how to speak with it, and whom to tell when it has ended. */
export interface LiveSession {
  streamingUrl: string;
  token: string;
  /** Past the daily allowance, of which the streaming API takes nothing. */
  post(url: string, headers: Record<string, string>, body: string, wait: LiveWait): Promise<PlatformResponse>;
  refused(): void;
}

export interface LiveWait {
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
 * jsforce speaks the protocol; its requests travel through our own HTTP, so that every one of them is admitted by the budget,
 * bounded in time and logged, and so that jsforce neither retries nor signs in again behind our back.
 */
export function createClient(options: SalesforceOptions, tools: ConnectionTools): SalesforceClient {
  const http = createHttp(platform, tools);
  const calls = new AsyncLocalStorage<TimedCall>();
  const bySecret = withSecret(tools, secretOf(options.auth));
  const tokens = createTokenSource(() => bySecret(fetchToken), tools.now);
  const describedFields = new Map<string, Promise<ReadonlySet<string>>>();
  let instanceUrl = options.url;
  const signIn = { lane: "interactive", signal: new AbortController().signal } as const;

  return {
    close: () => http.close(),

    async *pages(soql, call, withDeleted = false) {
      let page = await signedIn(call, (connection) => connection.query(soql, { scanAll: withDeleted }), QueryPage);
      for (;;) {
        const next = page.done ? null : (page.nextRecordsUrl ?? null);
        yield { rows: page.records, done: next === null };
        if (next === null) return;
        page = await signedIn(call, (connection) => connection.queryMore(next), QueryPage);
      }
    },

    fields(object, call) {
      const known = describedFields.get(object);
      if (known) return known;
      const asked = signedIn(call, (connection) => connection.describe(object), Description).then(
        (d) => new Set(d.fields.map((f) => f.name)) as ReadonlySet<string>,
      );
      describedFields.set(object, asked);
      asked.catch(() => describedFields.delete(object));
      return asked;
    },

    async save(records, call, upsertBy) {
      const url = `/composite/sobjects${upsertBy === undefined ? "" : `/${upsertBy}`}`;
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ allOrNone: false, records });
      const work = (connection: Connection) => connection.request({ method: "PATCH", url, headers, body });
      const saved = await signedIn({ ...call, timeoutMs: saveTimeoutMs }, work, z.array(Saved));
      if (saved.length === records.length) return saved;
      throw new PlatformError("unavailable", platform, "Salesforce's answer has an unknown form.");
    },

    async types(object, call) {
      const { fields } = await signedIn(call, (connection) => connection.describe(object), Description);
      return Object.fromEntries(fields.map((f) => [f.name, f.type ?? "unknown"]));
    },

    async versions(call) {
      const known = await signedIn(call, (connection) => connection.request("/services/data/"), Versions);
      return known.map(({ version }) => version);
    },

    async live() {
      const token = await tokens.get();
      return {
        streamingUrl: `${instanceUrl.replace(/\/$/, "")}/cometd/${options.apiVersion}`,
        token,
        post: (url, headers, body, wait) =>
          http.send({ method: "POST", url, route: routeOf(url), headers, body }, { ...wait, lane: "sync", pool: null }),
        refused: () => tokens.refused(token),
      };
    },
  };

  /** Runs one jsforce call; a session that ended is renewed once, and never in a loop. */
  async function signedIn<T extends z.ZodType>(
    call: TimedCall,
    work: (connection: Connection) => PromiseLike<unknown>,
    schema: T,
  ): Promise<z.infer<T>> {
    for (let attempt = 1; ; attempt++) {
      const token = await tokens.get();
      try {
        const parsed = schema.safeParse(await calls.run(call, async () => await work(connectionWith(token))));
        if (parsed.success) return parsed.data;
        throw new PlatformError("unavailable", platform, "Salesforce's answer has an unknown form.");
      } catch (error) {
        const known = toError(error);
        if (known.code !== "invalid_credentials" || attempt > 1) throw known;
        tokens.refused(token);
      }
    }
  }

  function connectionWith(accessToken: string): Connection {
    const connection = new Connection({
      instanceUrl,
      accessToken,
      version: options.apiVersion,
      // Comes back as changeOrigin of change events, which is how our own echoes are known.
      callOptions: { client: "sidelight" },
    });
    // jsforce has no public option for a transport of one's own.
    Object.assign(connection, { _transport: { httpRequest } });
    return connection;
  }

  function httpRequest(request: JsforceRequest) {
    const call: TimedCall = calls.getStore() ?? signIn;
    const answer = (async () => {
      const { method, url, headers = {}, body } = request;
      const response = await http.send(
        { method, url, route: routeOf(url), headers, ...(body === undefined ? {} : { body }) },
        { ...call, pool: "daily" },
      );
      readAllowance(response.headers["sforce-limit-info"]);
      const text = await response.text();
      if (response.status >= 500) {
        throw new PlatformError("unavailable", platform, `Salesforce answered ${response.status}.`, { status: response.status });
      }
      return { statusCode: response.status, headers: response.headers, body: text };
    })();
    return Object.assign(answer, { stream: () => new PassThrough() });
  }

  /** `Sforce-Limit-Info: api-usage=10018/100000` */
  function readAllowance(header: string | undefined): void {
    const [, used, limit] = /api-usage=(\d+)\/(\d+)/.exec(header ?? "") ?? [];
    if (used === undefined || limit === undefined) return;
    tools.onAllowance("daily", { limit: Number(limit), remaining: Math.max(0, Number(limit) - Number(used)), resetAt: null });
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
      { ...signIn, pool: "daily" },
    );
    if (response.status >= 500) {
      await response.text().catch(() => "");
      throw new PlatformError("unavailable", platform, `Salesforce answered ${response.status}.`, { status: response.status });
    }
    if (response.status !== 200) throw refusal(response.status, await response.text());
    const token = Token.safeParse(await readJson(platform, response));
    if (!token.success) throw new PlatformError("unavailable", platform, "Salesforce's token answer has an unknown form.");
    instanceUrl = token.data.instance_url ?? options.url;
    // The answer names no lifetime: the org's session policy ends it, and we learn of it by INVALID_SESSION_ID.
    return { value: token.data.access_token, expiresAt: null };
  }

  /** jsforce throws an Error named after the first `errorCode` of Salesforce's array. Its message may quote values: not repeated. */
  function toError(error: unknown): PlatformError {
    if (error instanceof PlatformError) return error;
    const code = codeOf(error);
    if (code === "") return networkError(platform, error);
    if (code === "INVALID_SESSION_ID" || code === "ERROR_HTTP_401") {
      return new PlatformError("invalid_credentials", platform, "Salesforce refused the session.", { status: 401 });
    }
    if (code === "REQUEST_LIMIT_EXCEEDED") {
      // There is no Retry-After: the daily quota frees up over 24 hours, so a quarter of an hour is as good a guess as any.
      const retryAt = tools.now() + 900_000;
      tools.onAllowance("daily", { limit: options.requestsPerDay, remaining: 0, resetAt: retryAt });
      return new PlatformError("rate_limited", platform, "Salesforce's daily request quota is used up.", {
        status: 403,
        retryAt,
      });
    }
    if (code === "NOT_FOUND") return new PlatformError("not_found", platform, "Salesforce has no such record.", { status: 404 });
    if (code === "INSUFFICIENT_ACCESS" || code === "API_DISABLED_FOR_ORG") {
      return new PlatformError("invalid_credentials", platform, `Salesforce denies the integration's user the call (${code}).`, {
        status: 403,
      });
    }
    return new SalesforceRefusal(code);
  }
}

/** Of several errors the first: they are of one request. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && "errorCode" in error ? String(error.errorCode) : "";
  if (code !== "MULTIPLE_API_ERRORS") return code;
  const [first] = z.object({ data: z.array(z.object({ errorCode: z.string() })) }).safeParse(error).data?.data ?? [];
  return first?.errorCode ?? code;
}

/** `/services/data/v67.0/query?q=…` → `/services/data/{version}/query` */
function routeOf(url: string): string {
  return new URL(url, "http://localhost").pathname
    .replace(/\/v\d+\.\d+\//, "/{version}/")
    .replace(/^\/cometd\/[\d.]+$/, "/cometd/{version}")
    .replace(/\/(query(?:All)?)\/[^/]+$/, "/$1/{locator}")
    .replace(/\/sobjects\/(\w+)\/[a-zA-Z0-9]{15,18}/, "/sobjects/$1/{id}");
}
