import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Section, SectionName } from "@sidelight/contracts/context/sections.ts";
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { AnswerCheck, CustomerEvent } from "./answers.ts";
import { type ContextOptions, contextPath, queryOf } from "./context.ts";
import { errorFrom, SidelightError } from "./error.ts";
import { parseJson, type Sender } from "./send.ts";

/** A change of one customer, as `streamContext` yields it. */
export type ContextChange =
  /** Always the first: which customer the stream is about. */
  | { kind: "customer"; customer: CustomerEvent }
  | { kind: "section"; name: SectionName; section: Section }
  /** Everything but the sections: the match, the customer, permissions. */
  | { kind: "settled"; context: Omit<Context, "sections"> };

/** Pause before the stream is opened again, ms; the server may name another. */
const defaultRetryMs = 2_000;
/** Limit of the growing pause after failures, ms. A longer Retry-After is kept. */
const maxBackoffMs = 30_000;

export interface StreamOptions extends Pick<ContextOptions, "sections" | "deadlineMs" | "signal"> {
  /** Opens the stream again when it ends, until `signal` is aborted; true by default. */
  reconnect?: boolean;
}

/**
 * One customer, live: each section as it settles, then each change. A stream that ends is opened again, and then starts with the
 * whole state. Ends when the signal is aborted.
 * @throws {SidelightError} when the API refuses the request for good
 */
export async function* streamContext(
  { open, check }: Pick<Sender, "open" | "check">,
  ref: string,
  { reconnect = true, signal, ...options }: StreamOptions = {},
): AsyncGenerator<ContextChange> {
  let retryMs = defaultRetryMs;
  let failures = 0;
  while (!signal?.aborted) {
    let minPauseMs = 0;
    try {
      const headers = { accept: "text/event-stream" };
      const response = await open(`${contextPath(ref)}/stream`, { query: queryOf(options), headers, signal });
      for await (const change of changesIn(response, check, (ms) => {
        retryMs = ms;
      })) {
        failures = 0;
        yield change;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!reconnect || !(error instanceof SidelightError && error.isRetryable)) throw error;
      failures += 1;
      minPauseMs = (error.retryAfterSeconds ?? 0) * 1000;
    }
    if (!reconnect) return;
    const backoffMs = Math.min(maxBackoffMs, retryMs * 2 ** Math.max(0, failures - 1));
    await pause(Math.max(minPauseMs, backoffMs), signal);
  }
}

async function* changesIn(response: Response, check: AnswerCheck, onRetry: (ms: number) => void): AsyncGenerator<ContextChange> {
  const body = response.body;
  if (!body) throw errorFrom(undefined, response.status, response.headers);
  const reader = body
    .pipeThrough(new TextDecoderStream() as never)
    .pipeThrough(new EventSourceParserStream({ onRetry }))
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const change = changeFrom(check, value.event, value.data);
      if (change) yield change;
    }
  } catch (error) {
    throw new SidelightError("network", "The stream broke off.", { cause: error });
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Null for an event that this version of the client does not know, and for one that is no JSON. */
function changeFrom(check: AnswerCheck, event: string | undefined, data: string): ContextChange | null {
  switch (event) {
    case "customer": {
      const customer = check("customer", parseJson(data));
      return customer && { kind: "customer", customer };
    }
    case "settled": {
      const context = check("settled", parseJson(data));
      return context && { kind: "settled", context };
    }
    case "section": {
      const change = check("section", parseJson(data));
      return change && { kind: "section", ...change };
    }
    default:
      return null;
  }
}

/** Resolves after `ms`, or when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(finish, ms);
    signal?.addEventListener("abort", finish, { once: true });
    function finish() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    }
  });
}
