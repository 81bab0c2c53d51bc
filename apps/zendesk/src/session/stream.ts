import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { Host } from "../zaf/host.ts";
import { baseOf, headers, panelHeader, retryAfterMs } from "./api.ts";
import type { LiveChange } from "./context.ts";
import { createSseReader, type ServerEvent } from "./sse.ts";

/** What opens one customer's stream, for some minutes. */
export interface Pass {
  token: string;
  /** Path of the stream. */
  stream: string;
  /** Epoch ms, by the server's clock. */
  expiresAt: number;
}

export interface Listener {
  opened(): void;
  /** Anything came: the line is alive. */
  heard(): void;
  changed(change: LiveChange): void;
}

/** Why a stream ended: by itself or with the line, because the pass was refused, or it never began. */
export type End = { why: "ended" | "refused" | "failed"; retryAfterMs: number };

export interface LiveApi {
  /** @returns how many ms to wait, where there is none */
  pass(ref: string): Promise<Pass | number>;
  /** Settles when the stream has ended, and never rejects. */
  listen(pass: Pass, listener: Listener, signal: AbortSignal): Promise<End>;
}

const passDeadlineMs = 10_000;

/** The pass comes through Zendesk's proxy, which has the key; the stream, which the proxy can't carry, straight from the API. */
export function createLiveApi(host: Host, apiUrl: string): LiveApi {
  const base = baseOf(apiUrl);
  return {
    pass: async (ref) => {
      const request = { method: "POST", url: `${base}/v1/sessions`, headers, body: { ref }, deadlineMs: passDeadlineMs } as const;
      const answer = await host.request(request);
      if (answer.kind !== "answer") return 0;
      const retryAfter = answer.header("retry-after");
      return answer.status === 201 ? (readPass(answer.body) ?? 0) : retryAfter === null ? 0 : retryAfterMs(retryAfter);
    },
    listen: async ({ token, stream }, listener, signal) => {
      try {
        const response = await fetch(base + stream, {
          headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream", ...panelHeader },
          cache: "no-store",
          credentials: "omit",
          // Wherever else it might lead, the pass was not made for that.
          redirect: "error",
          signal,
        });
        const retryAfter = response.headers.get("retry-after");
        if (response.status === 401) return { why: "refused", retryAfterMs: 0 };
        if (!response.ok || !response.body) return { why: "failed", retryAfterMs: retryAfter ? retryAfterMs(retryAfter) : 0 };
        listener.opened();
        await readAll(response.body, listener, signal);
        return { why: "ended", retryAfterMs: 0 };
      } catch {
        // Blocked, cut off or given up: what to do is the same.
        return { why: "failed", retryAfterMs: 0 };
      }
    },
  };
}

async function readAll(body: ReadableStream<Uint8Array>, listener: Listener, signal: AbortSignal): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const read = createSseReader((event) => {
    const change = changeOf(event);
    if (change && !signal.aborted) listener.changed(change);
  });
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    listener.heard();
    read(decoder.decode(value, { stream: true }));
  }
}

function readPass(body: unknown): Pass | null {
  const { token, stream, expiresAt } = (body ?? {}) as { token?: unknown; stream?: unknown; expiresAt?: unknown };
  if (typeof token !== "string" || typeof stream !== "string" || typeof expiresAt !== "string") return null;
  // A path and nothing else: it is put behind the API's own address.
  return /^\/(?!\/)/.test(stream) ? { token, stream, expiresAt: Date.parse(expiresAt) } : null;
}

const sectionNames: ReadonlySet<string> = new Set<SectionName>(["account", "support", "product", "health", "timeline", "notes"]);

/** Null for what we don't know: a newer API may tell more. */
function changeOf({ event, data }: ServerEvent): LiveChange | null {
  const told = parse(data);
  if (event === "settled") return isObject(told) && isObject(told["match"]) ? { head: told as unknown as Head } : null;
  if (event !== "section" || !isObject(told) || !isObject(told["section"])) return null;
  return sectionNames.has(String(told["name"])) ? (told as unknown as LiveChange) : null;
}

type Head = Omit<Context, "sections">;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
