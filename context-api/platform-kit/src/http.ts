import type { LookupFunction } from "node:net";
import { Agent, request } from "undici";
import { PlatformError } from "./errors.ts";
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

export interface PlatformResponse {
  status: number;
  headers: Record<string, string>;
  text(): Promise<string>;
  /** The body in chunks, for a response too large for memory. */
  body: AsyncIterable<Uint8Array>;
}

/** Timeout of a single call, ms. An interactive call usually ends sooner, at the deadline of its read. */
const callTimeoutMs: Record<Priority, number> = { interactive: 8_000, webhook: 10_000, sync: 30_000, backfill: 60_000 };

export interface SendOptions extends CallOptions {
  /** Name of the quota that the call uses; null for a call that the platform does not count. */
  quota: string | null;
  /** Overrides the timeout of the priority, ms: for long polling and slow writes. */
  timeoutMs?: number;
}

export interface PlatformHttp {
  send(request: PlatformRequest, options: SendOptions): Promise<PlatformResponse>;
  close(): Promise<void>;
}

/**
 * HTTP client of one platform. Each call waits for its quota, has a timeout and is logged; it throws PlatformError only.
 * Redirects are not followed. `lookup` replaces the system's DNS look-up.
 */
export function createHttp(platform: string, tools: ConnectionTools, { lookup }: { lookup?: LookupFunction } = {}): PlatformHttp {
  const connect = { timeout: 5_000, ...(lookup ? { lookup } : {}) };
  const agent = new Agent({ connections: 32, keepAliveTimeout: 10_000, connect });
  return {
    close: () => agent.destroy(),
    async send({ method, url, route, headers, body }, { priority, quota, signal, timeoutMs = callTimeoutMs[priority] }) {
      if (quota !== null) await acquireQuota(platform, () => tools.acquire(priority, quota, signal));
      const startedAt = performance.now();
      const onEnd = (status: number, bytes: number) =>
        tools.onCall({ route: `${method} ${route}`, status, ms: Math.round(performance.now() - startedAt), bytes, priority });
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        const response = await request(url, { method, headers, body: body ?? null, dispatcher: agent, signal: limit });
        const flatHeaders = Object.fromEntries(Object.entries(response.headers).map(([k, v]) => [k, String(v)]));
        const content = countBytes(response.body, (bytes) => onEnd(response.statusCode, bytes));
        const text = () => readText(content).catch((error: unknown) => Promise.reject(networkError(platform, error)));
        return { status: response.statusCode, headers: flatHeaders, text, body: content };
      } catch (error) {
        onEnd(0, 0);
        throw networkError(platform, error);
      }
    },
  };
}

/** Calls `onEnd` when the body has been read: only then the size and duration are known. */
async function* countBytes(body: AsyncIterable<Uint8Array>, onEnd: (bytes: number) => void): AsyncIterable<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      yield chunk;
    }
  } finally {
    onEnd(bytes);
  }
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Acquires a quota. @throws {PlatformError} `quota_exhausted` when none is left */
export async function acquireQuota(platform: string, acquire: () => Promise<void>): Promise<void> {
  try {
    await acquire();
  } catch (error) {
    if (!(error instanceof QuotaExhaustedError)) throw networkError(platform, error);
    throw new PlatformError("quota_exhausted", platform, "The request quota is used up for now.", { retryAt: error.retryAt });
  }
}

/** The PlatformError of a call without a response: a timeout, or a failed connection. */
export function networkError(platform: string, error: unknown): PlatformError {
  if (error instanceof PlatformError) return error;
  const name = error instanceof Error ? error.name : "";
  const isTimeout = name === "TimeoutError" || name === "AbortError" || name.includes("Timeout");
  return isTimeout
    ? new PlatformError("timeout", platform, "The platform did not respond in time.", { cause: error })
    : new PlatformError("unavailable", platform, "The connection to the platform failed.", { cause: error });
}

/** Parses the body as JSON. @throws {PlatformError} `unavailable` for a broken body: that is an outage, not an empty result */
export async function readJson(platform: string, response: PlatformResponse): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PlatformError("unavailable", platform, "The response is not valid JSON.", {
      status: response.status,
      cause: error,
    });
  }
}

/** Value of the `Retry-After` header (seconds or a date) as epoch ms; null when absent or invalid. */
export function retryAfter(headers: Record<string, string>, now: number): number | null {
  const header = headers["retry-after"] ?? "";
  const instant = /^\d+(\.\d+)?$/.test(header.trim()) ? now + Number(header) * 1000 : Date.parse(header);
  return Number.isFinite(instant) ? instant : null;
}
