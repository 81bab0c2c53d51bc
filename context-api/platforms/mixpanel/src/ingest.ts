import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { type PlatformHttp, type PlatformResponse, retryAfter } from "@sidelight/platform-kit/http.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { withSecret } from "@sidelight/platform-kit/signInWithSecret.ts";
import { z } from "zod";
import { createBackoff } from "./backoff.ts";
import { hosts, type MixpanelOptions } from "./options.ts";

const platform = "mixpanel";
const zip = promisify(gzip);
/** Allows for an upload of 10 MB. */
const writeTimeoutMs = 30_000;

/** A record that Mixpanel's strict mode refused. `field` names a property, as in `properties.time`. */
export interface FailedRecord {
  /** Index in the batch. */
  index: number | null;
  insertId: string | null;
  field: string | null;
}

/** Writes to a project. All methods throw {@link PlatformError}; `rejected` with status 413 means that the batch is too large. */
export interface Ingest {
  /** `POST /import?strict=1`: up to 2,000 events and 10 MB, each as JSON text. Returns the refused events; all others are stored. */
  importEvents(events: string[], call: CallOptions): Promise<FailedRecord[]>;
  /** `POST /engage` or `/groups`: up to 2,000 updates. Returns the refused ones; null when none was applied and no reason is given. */
  update(path: "/engage" | "/groups", updates: object[], call: CallOptions): Promise<FailedRecord[] | null>;
  /** The project's token; null when the connection has none. */
  token(): Promise<string | null>;
}

// The documentation names the member insert_id on one page and $insert_id on another.
const Failed = z
  .looseObject({
    index: z.number().nullish(),
    insert_id: z.string().nullish(),
    $insert_id: z.string().nullish(),
    field: z.string().nullish(),
  })
  .transform((r) => ({
    index: r.index ?? null,
    insertId: r.insert_id || r.$insert_id || null,
    // Only property names are kept; anything else could be a value.
    field: /^[\w.$-]{1,100}$/.test(r.field ?? "") ? (r.field ?? null) : null,
  }));
/** All response formats of these endpoints: 0 or 1 by default, verbose, or strict. */
const Answer = z.union([
  z.number().transform((status) => ({ status, failed_records: null })),
  z.looseObject({ status: z.union([z.string(), z.number()]).nullish(), failed_records: z.array(Failed).nullish() }),
]);
type Answer = z.infer<typeof Answer>;

export function createIngest(options: MixpanelOptions, tools: ConnectionTools, http: PlatformHttp): Ingest {
  const host = hosts(options).ingest.replace(/\/$/, "");
  const backoff = createBackoff();
  const bySecret = withSecret(tools, options.auth.secret);

  return {
    async importEvents(events, call) {
      const body = await zip(`[${events.join(",")}]`);
      const { status, answer } = await importBatch(body, call);
      if (answer.failed_records?.length) return answer.failed_records;
      if (status === 200) return [];
      throw new PlatformError("rejected", platform, `Mixpanel refused the events (${status}).`, { status });
    },

    async update(path, updates, call) {
      // Without ip=0 Mixpanel sets the profile's location to that of this server.
      const query = "ip=0&strict=1";
      const body = JSON.stringify(updates);
      const { status, answer } = await post(path, query, { "content-type": "application/json" }, body, call);
      if (answer.failed_records?.length) return answer.failed_records;
      return status === 200 && answer.status !== 0 ? [] : null;
    },

    token,
  };

  async function token(): Promise<string | null> {
    return options.token === undefined ? null : await tools.secret(options.token);
  }

  /** Authenticates with the project's token, or without one with the service account. */
  async function importBatch(body: Uint8Array, call: CallOptions) {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const postAs = (credentials: string, query: string) => {
      const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
      return post("/import", `strict=1${query}`, { ...headers, authorization }, body, call);
    };
    const projectToken = await token();
    if (projectToken !== null) return await postAs(`${projectToken}:`, "");
    const project = `&project_id=${encodeURIComponent(options.projectId)}`;
    return await bySecret((secret) => postAs(`${options.auth.username}:${secret}`, project));
  }

  async function post(
    path: string,
    query: string,
    headers: Record<string, string>,
    body: string | Uint8Array,
    call: CallOptions,
  ): Promise<{ status: number; answer: Answer }> {
    const url = `${host}${path}?${query}`;
    const request = { method: "POST" as const, url, route: path, headers: { accept: "application/json", ...headers }, body };
    const response = await http.send(request, { ...call, quota: "ingest", timeoutMs: writeTimeoutMs });
    const text = await response.text();
    const { status } = response;
    if (status !== 200 && status !== 400) throw refusal(response);
    backoff.reset();
    const answer = read(text);
    if (answer) return { status, answer };
    throw new PlatformError("unavailable", platform, "Mixpanel's response has an unexpected format.", { status });
  }

  /** Mixpanel sends no Retry-After, so the delay is exponential, as its documentation requires. */
  function refusal({ status, headers }: PlatformResponse): PlatformError {
    if (status === 401 || status === 403) {
      return new PlatformError("invalid_credentials", platform, "Mixpanel refused the credentials for a write.", { status });
    }
    const isBusy = status === 429 || status >= 500;
    if (!isBusy) return new PlatformError("rejected", platform, `Mixpanel refused the write (${status}).`, { status });
    const retryAt = retryAfter(headers, tools.now()) ?? tools.now() + backoff.next();
    if (status !== 429) return new PlatformError("unavailable", platform, `Mixpanel answered ${status}.`, { status, retryAt });
    tools.onQuota("ingest", { limit: 0, remaining: 0, resetAt: retryAt });
    return new PlatformError("rate_limited", platform, "Mixpanel's rate limit for writes is reached.", { status, retryAt });
  }
}

function read(text: string): Answer | null {
  try {
    return Answer.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
