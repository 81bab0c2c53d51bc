import type { LookupFunction } from "node:net";
import { Agent, request } from "undici";
import { PlatformError } from "./errors.ts";
import type { CallOptions, ConnectionTools } from "./platform.ts";
import type { Lane } from "./rateLimit.ts";
import { BudgetExhausted } from "./rateLimit.ts";

export interface PlatformRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  /** The path with its parameters left out; what the call log shows. */
  route: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

export interface PlatformResponse {
  status: number;
  headers: Record<string, string>;
  text(): Promise<string>;
  /** In pieces, for a body too large to hold. */
  body: AsyncIterable<Uint8Array>;
}

/** The longest a single call may take, in ms; an interactive one usually ends sooner, with its read's deadline. */
const callTimeoutMs: Record<Lane, number> = { interactive: 8_000, webhook: 10_000, sync: 30_000, backfill: 60_000 };

export interface SendOptions extends CallOptions {
  /** Null for what the platform doesn't count. */
  pool: string | null;
  /** For an answer that is held back until there is one, ms; the lane's when left out. */
  timeoutMs?: number;
}

export interface PlatformHttp {
  send(request: PlatformRequest, options: SendOptions): Promise<PlatformResponse>;
  close(): Promise<void>;
}

/**
 * HTTP to one platform: admitted by the budget, bounded in time, told to the call log, and failing only as a PlatformError.
 * Redirects are not followed. `lookup` finds the address of a host instead of the system's own; the connection goes there.
 */
export function createHttp(platform: string, tools: ConnectionTools, { lookup }: { lookup?: LookupFunction } = {}): PlatformHttp {
  const connect = { timeout: 5_000, ...(lookup ? { lookup } : {}) };
  const agent = new Agent({ connections: 32, keepAliveTimeout: 10_000, connect });
  return {
    close: () => agent.destroy(),
    async send({ method, url, route, headers, body }, { lane, pool, signal, timeoutMs = callTimeoutMs[lane] }) {
      if (pool !== null) await admitted(platform, () => tools.admit(lane, pool, signal));
      const started = performance.now();
      const done = (status: number, bytes: number) =>
        tools.onCall({ route: `${method} ${route}`, status, ms: Math.round(performance.now() - started), bytes, lane });
      try {
        const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        const response = await request(url, { method, headers, body: body ?? null, dispatcher: agent, signal: bounded });
        const flat = Object.fromEntries(Object.entries(response.headers).map(([k, v]) => [k, String(v)]));
        const answer = counted(response.body, (bytes) => done(response.statusCode, bytes));
        const text = () => wholeText(answer).catch((error: unknown) => Promise.reject(networkError(platform, error)));
        return { status: response.statusCode, headers: flat, text, body: answer };
      } catch (error) {
        done(0, 0);
        throw networkError(platform, error);
      }
    },
  };
}

/** A call is over once its body is: only then are its bytes and its time known. */
async function* counted(body: AsyncIterable<Uint8Array>, done: (bytes: number) => void): AsyncIterable<Uint8Array> {
  let bytes = 0;
  try {
    for await (const piece of body) {
      bytes += piece.byteLength;
      yield piece;
    }
  } finally {
    done(bytes);
  }
}

async function wholeText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

/** Turns a refused budget into the family's own error. */
export async function admitted(platform: string, admit: () => Promise<void>): Promise<void> {
  try {
    await admit();
  } catch (error) {
    if (!(error instanceof BudgetExhausted)) throw networkError(platform, error);
    throw new PlatformError("quota_exhausted", platform, "The request budget is used up for now.", { retryAt: error.retryAt });
  }
}

/** No answer at all: too late, or the connection broke. */
export function networkError(platform: string, error: unknown): PlatformError {
  if (error instanceof PlatformError) return error;
  const name = error instanceof Error ? error.name : "";
  const late = name === "TimeoutError" || name === "AbortError" || name.includes("Timeout");
  return late
    ? new PlatformError("timeout", platform, "No answer in time.", { cause: error })
    : new PlatformError("unavailable", platform, "The connection failed.", { cause: error });
}

/** JSON of an answer, or the platform's fault: a broken body is an outage, not an empty result. */
export async function readJson(platform: string, response: PlatformResponse): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PlatformError("unavailable", platform, "The answer could not be read.", { status: response.status, cause: error });
  }
}

/** A `Retry-After` header, in seconds or as a date, as epoch ms. */
export function retryAfter(headers: Record<string, string>, now: number): number | null {
  const said = headers["retry-after"] ?? "";
  const at = /^\d+(\.\d+)?$/.test(said.trim()) ? now + Number(said) * 1000 : Date.parse(said);
  return Number.isFinite(at) ? at : null;
}
