import { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { Problem } from "@sidelight/contracts/errors/problem.ts";
import { z } from "zod";
import { errorFrom, type SidelightError } from "./error.ts";
import { isPersonal } from "./refs.ts";
import type { CallOptions, Send } from "./send.ts";

export interface ContextOptions extends CallOptions {
  /** All when left out. */
  sections?: readonly SectionName[];
  /** How long the API may wait for platforms, ms; 900 when left out. */
  deadlineMs?: number;
}

export interface Read {
  context: Context;
  /** Who answered: memory, store or platform; null where the API didn't say. */
  tier: string | null;
  requestId: string | null;
  /** For {@link getContext}'s `ifNoneMatch`; null for e-mail and phone refs. */
  etag: string | null;
}

/**
 * Everything known of one customer. Unknown and ambiguous customers are answers too: see `context.match.state`.
 * @returns null when `ifNoneMatch` still holds
 * @throws {SidelightError}
 */
export async function getContext(
  send: Send,
  ref: string,
  options: ContextOptions & { ifNoneMatch?: string } = {},
): Promise<Read | null> {
  const { signal, ifNoneMatch } = options;
  if (isPersonal(ref)) {
    const [only] = await getContexts(send, [ref], options);
    if (!only) throw errorFrom(undefined, 200, new Headers());
    if ("error" in only) throw only.error;
    return { context: only.context, tier: null, requestId: null, etag: null };
  }
  const { body, headers } = await send(
    {
      method: "GET",
      path: path(ref, "", options),
      ...(signal ? { signal } : {}),
      ...(ifNoneMatch ? { headers: { "if-none-match": ifNoneMatch } } : {}),
    },
    Context,
  );
  return body && asRead(body, headers);
}

/** Asks the platforms anew, then answers. @throws {SidelightError} `rate_limited` within 30 seconds of the last time */
export async function refreshContext(send: Send, ref: string, options: ContextOptions = {}): Promise<Read> {
  const { signal } = options;
  const { body, headers } = await send(
    { method: "POST", path: path(ref, "/refresh", options), ...(signal ? { signal } : {}) },
    Context,
  );
  if (!body) throw errorFrom(undefined, 304, headers);
  return asRead(body, headers);
}

const Items = z.object({ items: z.array(z.union([Context, Problem])) });

/** Up to 100 customers, in order: each a context, or the error that this one ref met. @throws {SidelightError} */
export async function getContexts(
  send: Send,
  refs: readonly string[],
  { sections, signal }: ContextOptions = {},
): Promise<({ context: Context } | { error: SidelightError })[]> {
  const { body, headers } = await send(
    { method: "POST", path: "/v1/contexts", body: { refs, ...(sections ? { sections } : {}) }, ...(signal ? { signal } : {}) },
    Items,
  );
  return (body?.items ?? []).map((item) =>
    "match" in item ? { context: item } : { error: errorFrom(item, item.status, headers) },
  );
}

function path(ref: string, suffix: string, { sections, deadlineMs }: ContextOptions): string {
  const query = new URLSearchParams();
  if (sections) query.set("sections", sections.join(","));
  if (deadlineMs !== undefined) query.set("deadline", String(deadlineMs));
  return `/v1/context/${encodeURIComponent(ref)}${suffix}${query.size > 0 ? `?${query}` : ""}`;
}

function asRead(context: Context, headers: Headers): Read {
  const [tier, requestId, etag] = ["x-sidelight-tier", "x-request-id", "etag"].map((name) => headers.get(name));
  return { context, tier: tier ?? null, requestId: requestId ?? null, etag: etag ?? null };
}
