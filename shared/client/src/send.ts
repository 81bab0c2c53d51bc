import type { AnswerCheck, AnswerName, Answers } from "./answers.ts";
import { errorFrom, SidelightError } from "./error.ts";

export interface ClientOptions {
  /** Address of the API: "https://sidelight.example.com". */
  baseUrl: string;
  /**
   * Created by `sidelight keys create`. Keep it on a server or behind a platform's proxy: a browser must not hold it. Null in the
   * console, whose requests have the cookie of its session.
   */
  apiKey: string | null;
  /** Ends a call that takes longer, ms; 10,000 by default. Streams have no such limit. */
  timeoutMs?: number;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
}

export interface CallOptions {
  signal?: AbortSignal;
}

/** Parameters of a request; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

export interface RequestOptions {
  method?: "GET" | "POST";
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export interface ApiAnswer<T> {
  body: T;
  headers: Headers;
}

export interface Sender {
  /** @throws {SidelightError} */
  send<N extends AnswerName>(path: string, options: RequestOptions, name: N): Promise<ApiAnswer<Answers[N]>>;
  /** Null when the answer is 304. @throws {SidelightError} */
  sendOptional<N extends AnswerName>(path: string, options: RequestOptions, name: N): Promise<ApiAnswer<Answers[N]> | null>;
  /** For an operation without an answer. @throws {SidelightError} */
  sendOnly(path: string, options: RequestOptions): Promise<void>;
  /** An open response, without a time limit. @throws {SidelightError} */
  open(path: string, options: RequestOptions): Promise<Response>;
  check: AnswerCheck;
}

export function createSender(options: ClientOptions, check: AnswerCheck): Sender {
  const { apiKey, timeoutMs = 10_000, fetch: fetcher = fetch } = options;
  const base = options.baseUrl.replace(/\/+$/, "");

  async function request(path: string, requestOptions: RequestOptions, limit: AbortSignal | null): Promise<Response> {
    const { method = "GET", query = {}, body, headers, signal } = requestOptions;
    const signals = [signal, limit].filter((item) => item !== null && item !== undefined);
    const init: RequestInit = {
      method,
      headers: {
        ...options.headers,
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    try {
      const response = await fetcher(base + path + queryString(query), init);
      if (response.ok || response.status === 304) return response;
      throw errorFrom(parseJson(await response.text()), response.status, response.headers);
    } catch (error) {
      throw asSidelightError(error, limit, signal);
    }
  }

  function asSidelightError(error: unknown, limit: AbortSignal | null, signal: AbortSignal | undefined): unknown {
    // An abort by the caller keeps the caller's reason.
    if (error instanceof SidelightError || signal?.aborted) return error;
    return limit?.aborted
      ? new SidelightError("timeout", `No answer within ${timeoutMs} ms.`, { cause: error })
      : new SidelightError("network", "The API could not be reached.", { cause: error });
  }

  async function sendOptional<N extends AnswerName>(path: string, requestOptions: RequestOptions, name: N) {
    const limit = AbortSignal.timeout(timeoutMs);
    const response = await request(path, requestOptions, limit);
    if (response.status === 304) return null;
    const text = await response.text().catch((error: unknown) => {
      throw asSidelightError(error, limit, requestOptions.signal);
    });
    const body = check(name, parseJson(text));
    if (body === null) throw errorFrom(undefined, response.status, response.headers);
    return { body, headers: response.headers };
  }

  return {
    check,
    sendOptional,
    async send(path, requestOptions, name) {
      const answer = await sendOptional(path, requestOptions, name);
      if (!answer) throw new SidelightError("unexpected_answer", "The API answered 304 to a request without an ETag.");
      return answer;
    },
    async sendOnly(path, requestOptions) {
      await request(path, requestOptions, AbortSignal.timeout(timeoutMs));
    },
    open: (path, requestOptions) => request(path, requestOptions, null),
  };
}

function queryString(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters}`;
}

/** Undefined for a text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
