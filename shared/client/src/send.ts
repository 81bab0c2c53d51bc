import type { z } from "zod";
import { errorFrom, SidelightError } from "./error.ts";

export interface ClientOptions {
  /** Where the API is: "https://sidelight.example.com". */
  baseUrl: string;
  /** Made by `sidelight keys create`. Keep it on a server, or behind a platform's proxy: a browser must not hold it. */
  apiKey: string;
  /** Ends a call that takes longer, ms; 10,000 when left out. */
  timeoutMs?: number;
  fetch?: typeof fetch;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface Request extends CallOptions {
  method: "GET" | "POST";
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer<T> {
  /** Null when the answer was 304. */
  body: T | null;
  headers: Headers;
}

/** Sends one request and reads its answer. @throws {SidelightError} */
export type Send = <T>(request: Request, schema: z.ZodType<T>) => Promise<Answer<T>>;

export function createSend({ baseUrl, apiKey, timeoutMs = 10_000, fetch: send = fetch }: ClientOptions): Send {
  const base = baseUrl.replace(/\/+$/, "");
  return async ({ method, path, body, headers, signal }, schema) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const init: RequestInit = {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    try {
      const response = await send(base + path, init);
      if (response.status === 304) return { body: null, headers: response.headers };
      return { body: await read(response, schema), headers: response.headers };
    } catch (error) {
      // The caller's own abort is the caller's to handle.
      if (error instanceof SidelightError || signal?.aborted) throw error;
      throw limit.aborted
        ? new SidelightError("timeout", `No answer within ${timeoutMs} ms.`, { cause: error })
        : new SidelightError("network", "The API could not be reached.", { cause: error });
    }
  };
}

async function read<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  const text = await response.text();
  const body = parsed(text);
  if (!response.ok) throw errorFrom(body, response.status, response.headers);
  const known = schema.safeParse(body);
  if (known.success) return known.data;
  throw errorFrom(undefined, response.status, response.headers);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
