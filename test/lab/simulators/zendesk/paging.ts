import type { Context } from "../context.ts";
import type { Call } from "../router.ts";
import { fail, ZendeskError } from "./errors.ts";
import { forgetsCursors } from "./oddities.ts";

const MAX = 100;

/** Pages a list as Zendesk does: by cursor when `page[size]` is present, else by page number. */
export function list<T extends { id: number }>(
  ctx: Context,
  call: Call,
  key: string,
  items: readonly T[],
  render: (item: T) => unknown,
): Record<string, unknown> {
  return call.query.has("page[size]") || call.query.has("page[after]")
    ? byCursor(ctx, call, key, items, render)
    : byNumber(ctx, call, key, items, render);
}

function byCursor<T extends { id: number }>(
  ctx: Context,
  call: Call,
  key: string,
  items: readonly T[],
  render: (item: T) => unknown,
): Record<string, unknown> {
  const size = Number(call.query.get("page[size]") ?? MAX);
  if (!Number.isInteger(size) || size < 1 || size > MAX) {
    throw new ZendeskError(400, {
      errors: [{ code: "InvalidPaginationParameter", title: `page[size] must be an integer between 1 and ${MAX}` }],
    });
  }
  const pageAfter = call.query.get("page[after]");
  let start = 0;
  if (pageAfter !== null) {
    if (forgetsCursors(ctx.world)) return fail(400, "InvalidPaginationParameter", "Invalid cursor");
    const last = decodeCursor(pageAfter);
    // Items may have changed since the last page. Continue after the last item, by id when it was removed.
    const position = items.findIndex((item) => item.id === last);
    start = position >= 0 ? position + 1 : items.findIndex((item) => item.id > last);
    if (start < 0) start = items.length;
  }
  const page = items.slice(start, start + size);
  const hasMore = start + size < items.length;
  const cursor = page.length > 0 ? encodeCursor(page[page.length - 1]!.id) : null;
  const next = new URLSearchParams(call.query);
  if (cursor !== null) next.set("page[after]", cursor);
  next.set("page[size]", String(size));
  return {
    [key]: page.map(render),
    meta: { has_more: hasMore, after_cursor: cursor, before_cursor: page.length > 0 ? encodeCursor(page[0]!.id) : null },
    links: { prev: null, next: hasMore ? `${ctx.url()}${call.path}.json?${next.toString()}` : null },
  };
}

function byNumber<T>(
  ctx: Context,
  call: Call,
  key: string,
  items: readonly T[],
  render: (item: T) => unknown,
): Record<string, unknown> {
  const perPage = Math.min(positive(call, "per_page", MAX), MAX);
  const page = positive(call, "page", 1);
  if (page * perPage > 10_000 && (page - 1) * perPage >= 10_000) {
    return fail(400, "InvalidPaginationDepth", "Offset pagination is limited to 10,000 records; use cursor pagination");
  }
  const start = (page - 1) * perPage;
  const url = (n: number): string => {
    const query = new URLSearchParams(call.query);
    query.set("page", String(n));
    return `${ctx.url()}${call.path}.json?${query.toString()}`;
  };
  return {
    [key]: items.slice(start, start + perPage).map(render),
    next_page: start + perPage < items.length ? url(page + 1) : null,
    previous_page: page > 1 ? url(page - 1) : null,
    count: items.length,
  };
}

function positive(call: Call, name: string, standard: number): number {
  const text = call.query.get(name);
  if (text === null) return standard;
  const n = Number(text);
  return Number.isInteger(n) && n > 0 ? n : fail(400, "InvalidPaginationParameter", `${name} must be a positive integer`);
}

const encodeCursor = (id: number): string => Buffer.from(JSON.stringify({ o: "id", v: id })).toString("base64url");
function decodeCursor(cursor: string): number {
  try {
    const { v } = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as { v: unknown };
    if (typeof v === "number") return v;
  } catch {
    // validated below
  }
  throw new ZendeskError(400, { errors: [{ code: "InvalidPaginationParameter", title: "page[after] is not valid" }] });
}

export function numeric(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text)
    ? Number(text)
    : fail(400, "InvalidValue", "Invalid attribute: id must be an integer");
}

/** `ids=1,2,3`: at most a hundred. */
export function idList(text: string | null): string[] {
  const ids = (text ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter(Boolean);
  if (ids.length > MAX) fail(400, "TooManyValues", `Too many values for ids; the maximum is ${MAX}`);
  return ids;
}
