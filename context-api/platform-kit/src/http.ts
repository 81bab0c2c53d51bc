import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { Agent, request } from "undici";
import { PlatformError } from "./errors.ts";
import { excessOf } from "./json.ts";
import { networkError } from "./networkFaults.ts";
import type { CallOptions, ConnectionTools } from "./platform.ts";
import type { Priority } from "./rateLimit.ts";
import { QuotaExhaustedError } from "./rateLimit.ts";

export interface PlatformRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  /** The path without parameter values, as the call log shows it. */
  route: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

export { retryAfter } from "./bounds.ts";

export interface PlatformResponse {
  status: number;
  headers: Record<string, string>;
  /** The complete body. @throws {PlatformError} for a body that is too large, or JSON that is nested too deep */
  text(): Promise<string>;
  /** The body in chunks, for a response too large for memory. */
  body: AsyncIterable<Uint8Array>;
}

/** Timeout of a single call, ms. An interactive call usually ends sooner, at the deadline of its read. */
const callTimeoutMs: Record<Priority, number> = { interactive: 8_000, webhook: 10_000, sync: 30_000, backfill: 60_000 };

const megabyte = 1024 * 1024;
/** Maximum size of a body that is read at once, bytes. A page of an export has a thousand records. */
const maxBodyBytes: Record<Priority, number> = {
  interactive: 16 * megabyte,
  webhook: 16 * megabyte,
  sync: 64 * megabyte,
  backfill: 64 * megabyte,
};
/** Maximum size of a body that is read in chunks, bytes. */
const maxStreamBytes = 4096 * megabyte;
/** Values of a JSON body. They take a multiple of its size in memory. */
const maxJsonValues = 5_000_000;
/** Statuses that send the client to another URL. Our credentials must not follow. */
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface SendOptions extends CallOptions {
  /** Name of the quota that the call uses; null for a call that the platform does not count. */
  quota: string | null;
  /** Overrides the timeout of the priority, ms: for long polling and slow writes. */
  timeoutMs?: number;
  /** Returns a redirect like any other response, for a caller with a better message. */
  returnsRedirects?: boolean;
}

export interface PlatformHttp {
  send(request: PlatformRequest, options: SendOptions): Promise<PlatformResponse>;
  close(): Promise<void>;
}

/**
 * HTTP client of one platform. Each call waits for its quota, has a timeout for the complete answer and is logged; it throws
 * PlatformError only. Answers are limited in size and depth. Redirects are not followed. `lookup` replaces the system's DNS look-up.
 * A web page is no answer, unless `acceptsWebPages`.
 */
export function createHttp(
  platform: string,
  tools: Pick<ConnectionTools, "acquire" | "onCall" | "onDate">,
  { lookup, acceptsWebPages = false }: { lookup?: LookupFunction; acceptsWebPages?: boolean } = {},
): PlatformHttp {
  const connect = { timeout: 5_000, ...(lookup ? { lookup } : {}) };
  const agent = new Agent({ connections: 32, keepAliveTimeout: 10_000, connect });
  return {
    close: () => agent.destroy(),
    async send({ method, url, route, headers, body }, options) {
      const { priority, quota, signal, onDemand, timeoutMs = callTimeoutMs[priority], returnsRedirects = false } = options;
      if (quota !== null) await acquireQuota(platform, () => tools.acquire(priority, quota, signal, { onDemand }));
      options.onSend?.();
      const startedAt = performance.now();
      const onEnd = (status: number, bytes: number) =>
        tools.onCall({ route: `${method} ${route}`, status, ms: Math.round(performance.now() - startedAt), bytes, priority });
      let hasStarted = false;
      const toPlatformError = (error: unknown) => networkError(platform, error, { signal, hasStarted });
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        const response = await request(url, { method, headers, body: body ?? null, dispatcher: agent, signal: limit });
        hasStarted = true;
        const { statusCode: status } = response;
        const flatHeaders = Object.fromEntries(Object.entries(response.headers).map(([k, v]) => [k, String(v)]));
        const content = limitBytes(platform, response.body, { toPlatformError, onEnd: (bytes) => onEnd(status, bytes) });
        if (redirects.has(status) && !returnsRedirects) {
          await discard(content);
          throw redirectError(platform, status);
        }
        const text = () => readText(platform, flatHeaders, content, maxBodyBytes[priority]);
        if (!acceptsWebPages && isForeignPage(status, flatHeaders)) {
          const page = await text();
          if (/^\s*</.test(page)) throw webPage(platform, status);
          reportDate(status, flatHeaders, tools);
          return { status, headers: flatHeaders, text: async () => page, body: Readable.from([Buffer.from(page)]) };
        }
        reportDate(status, flatHeaders, tools);
        return { status, headers: flatHeaders, text, body: content };
      } catch (error) {
        if (!(error instanceof PlatformError)) onEnd(0, 0);
        throw toPlatformError(error);
      }
    },
  };
}

/** Only a success is certainly the platform's own: an error may come from a proxy, whose clock must not move our pulls. */
function reportDate(status: number, headers: Record<string, string>, { onDate }: Pick<ConnectionTools, "onDate">): void {
  const date = Date.parse(headers["date"] ?? "");
  if (status < 300 && !Number.isNaN(date)) onDate(date);
}

/**
 * True for HTML in place of an answer, whatever its status: a sign-in page of the network, a proxy, or another host. A missing object or
 * a refused request is JSON on every platform, so a page must not count as one. These statuses have their meaning without a body.
 */
const isForeignPage = (status: number, headers: Record<string, string>): boolean =>
  status < 500 && status !== 401 && status !== 429 && /^\s*(text\/html|application\/xhtml)/i.test(headers["content-type"] ?? "");

const webPage = (platform: string, status: number): PlatformError =>
  new PlatformError(
    "unavailable",
    platform,
    `The response (${status}) is a web page instead of an answer of the platform's API.`,
    {
      status,
      nextAction: "Check the URL of the connection, and whether a proxy or a sign-in page of the network answers in its place.",
    },
  );

const redirectError = (platform: string, status: number): PlatformError =>
  new PlatformError(
    "unavailable",
    platform,
    `The platform redirects (${status}). Redirects are not followed. Set the connection's URL to the final address.`,
    { status },
  );

/** Reads the start of a body that has no use, so that its connection can be used again. */
async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > megabyte) return;
  }
}

/**
 * Calls `onEnd` when the body has been read: only then the size and duration are known. A reader that stops early, and a body that
 * is too large, end the connection.
 * @throws {PlatformError} for a body that breaks off
 */
async function* limitBytes(
  platform: string,
  body: AsyncIterable<Uint8Array>,
  { toPlatformError, onEnd }: { toPlatformError(error: unknown): PlatformError; onEnd(bytes: number): void },
): AsyncIterable<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > maxStreamBytes) throw tooLarge(platform, maxStreamBytes);
      yield chunk;
    }
  } catch (error) {
    throw toPlatformError(error);
  } finally {
    onEnd(bytes);
  }
}

async function readText(
  platform: string,
  headers: Record<string, string>,
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string> {
  const encoding = (headers["content-encoding"] ?? "").trim().toLowerCase();
  const isCompressed = encoding !== "" && encoding !== "identity";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the connection, so that nothing more of the body arrives.
  for await (const chunk of body) {
    // A compressed body can be a thousand times as large as it looks, and we never request one.
    if (isCompressed) throw unusable(platform, "The response is compressed, although that was not requested.");
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(platform, maxBytes);
    chunks.push(chunk);
  }
  const content = Buffer.concat(chunks);
  const excess = /\bjson\b/i.test(headers["content-type"] ?? "") ? excessOf(content, { maxValues: maxJsonValues }) : null;
  if (excess !== null) throw unusable(platform, `The response ${excess}.`);
  return content.toString("utf8").replace(/^\uFEFF/, "");
}

/** The platform answered, but not with what was requested. */
const unusable = (platform: string, message: string, details: { status?: number; cause?: unknown } = {}): PlatformError =>
  new PlatformError("unavailable", platform, message, { ...details, isPlatformFault: false });

const tooLarge = (platform: string, maxBytes: number): PlatformError =>
  unusable(platform, `The response is larger than ${Math.round(maxBytes / megabyte)} MB. It was not read further.`);

/** Acquires a quota. @throws {PlatformError} `quota_exhausted` when none is left, or when none became free in time */
export async function acquireQuota(platform: string, acquire: () => Promise<void>): Promise<void> {
  try {
    await acquire();
  } catch (error) {
    const retryAt = error instanceof QuotaExhaustedError ? error.retryAt : null;
    throw new PlatformError("quota_exhausted", platform, "The request quota is used up for now.", { retryAt, cause: error });
  }
}

/**
 * Parses the body as JSON.
 * @throws {PlatformError} `unavailable` for an empty or broken body: that is an outage, not an empty result
 */
export async function readJson(platform: string, response: PlatformResponse): Promise<unknown> {
  const { status } = response;
  const text = await response.text();
  if (text.trim() === "")
    throw new PlatformError("unavailable", platform, `The response (${status}) has no content.`, { status });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PlatformError("unavailable", platform, "The response is not valid JSON.", { status, cause: error });
  }
}
