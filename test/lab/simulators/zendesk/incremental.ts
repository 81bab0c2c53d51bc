import type { ZdOrganization, ZdTicket, ZdUser } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { fail, type ResponseParts } from "./errors.ts";
import { forgetsCursors, oddItemsOf, repeatsCursor } from "./oddities.ts";
import * as render from "./render.ts";
import { ticketSideloads, userSideloads } from "./sideloads.ts";

/** Exports are ordered by the time of the last change, in whole seconds, then by id. */
interface Stamped<T> {
  changedAt: number;
  id: number;
  item: T;
}

function ordered<T extends { id: number }>(items: Iterable<T>, changedAt: (item: T) => number): Stamped<T>[] {
  return [...items]
    .map((item) => ({ changedAt: changedAt(item), id: item.id, item }))
    .sort((a, b) => a.changedAt - b.changedAt || a.id - b.id);
}
const updated = (item: { updated_at: string }): number => Math.floor(Date.parse(item.updated_at) / 1000);

export function incrementalRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  const { users, tickets, organizations } = ctx.world.zendesk;
  // The export includes deleted tickets, with the status `deleted`.
  routes.on("GET", "/api/v2/incremental/tickets/cursor", (call) => {
    const page = cursorPage(
      ctx,
      call,
      "tickets",
      ordered<ZdTicket>(tickets.values(), (t) => t.generated_timestamp),
    );
    return {
      status: 200,
      body: {
        tickets: [...page.items.map((t) => render.ticket(ctx, t)), ...oddItemsOf(ctx.world, "tickets")],
        ...ticketSideloads(ctx, call, page.items),
        ...page.remaining,
      },
    };
  });
  routes.on("GET", "/api/v2/incremental/users/cursor", (call) => {
    const page = cursorPage(ctx, call, "users", ordered<ZdUser>(users.values(), updated));
    return {
      status: 200,
      body: {
        users: [...page.items.map((u) => render.user(ctx, u)), ...oddItemsOf(ctx.world, "users")],
        ...userSideloads(ctx, call, page.items),
        ...page.remaining,
      },
    };
  });
  routes.on("GET", "/api/v2/incremental/organizations", (call) => {
    const from = startTime(ctx, call);
    const organizationEntries = visible(ctx, ordered<ZdOrganization>(organizations.values(), updated)).filter(
      (entry) => entry.changedAt >= from,
    );
    const max = ctx.limits.zendesk.exportPageSize;
    const page = organizationEntries.slice(0, max);
    const end = page.at(-1)?.changedAt ?? null;
    const hasMore = organizationEntries.length > max;
    return {
      status: 200,
      body: {
        organizations: page.map((entry) => render.organization(ctx, entry.item)),
        count: page.length,
        end_time: end,
        end_of_stream: !hasMore,
        next_page: end === null ? null : `${ctx.url()}/api/v2/incremental/organizations.json?start_time=${end}`,
      },
    };
  });
}

/** "Any items that were created or changed within the minute prior to your request are excluded." */
const visible = <T>(ctx: Context, entries: Stamped<T>[]): Stamped<T>[] => {
  const latest = Math.floor(ctx.clock.now() / 1000) - ctx.limits.zendesk.exportLagSeconds;
  return entries.filter((entry) => entry.changedAt <= latest);
};

function startTime(ctx: Context, call: Call): number {
  const text = call.query.get("start_time");
  if (text === null || !/^\d+$/.test(text)) return fail(400, "InvalidValue", "start_time must be a Unix epoch time");
  const lag = ctx.limits.zendesk.exportLagSeconds;
  if (Number(text) > ctx.clock.now() / 1000 - lag)
    return fail(422, "InvalidValue", `Too recent start_time. Use a start_time older than ${lag} seconds`);
  return Number(text);
}

function cursorPage<T>(
  ctx: Context,
  call: Call,
  resource: string,
  entries: Stamped<T>[],
): { items: T[]; remaining: Record<string, unknown> } {
  const max = ctx.limits.zendesk.exportPageSize;
  const size = Math.min(Number(call.query.get("per_page") ?? max), max);
  if (!Number.isInteger(size) || size < 1) return fail(400, "InvalidValue", "per_page must be a positive integer");
  const cursor = call.query.get("cursor");
  if (cursor !== null && forgetsCursors(ctx.world)) return fail(400, "InvalidValue", "Invalid cursor");
  const [changedAt, id] = cursor === null ? [startTime(ctx, call), -1] : decode(cursor);
  const remaining = visible(ctx, entries).filter(
    (entry) => entry.changedAt > changedAt || (entry.changedAt === changedAt && entry.id > id),
  );
  const page = remaining.slice(0, size);
  const last = page.at(-1);
  const nextCursor = last && !(cursor !== null && repeatsCursor(ctx.world)) ? encode(last.changedAt, last.id) : cursor;
  const url = (c: string): string => {
    const query = new URLSearchParams({ cursor: c });
    for (const name of ["per_page", "include"]) if (call.query.has(name)) query.set(name, call.query.get(name)!);
    return `${ctx.url()}/api/v2/incremental/${resource}/cursor.json?${query.toString()}`;
  };
  return {
    items: page.map((entry) => entry.item),
    remaining: {
      after_cursor: nextCursor,
      after_url: nextCursor === null ? null : url(nextCursor),
      before_cursor: null,
      before_url: null,
      end_of_stream: remaining.length <= size && !repeatsCursor(ctx.world),
    },
  };
}

/** `MTU3NjYxMzUzOS4wfHw0Njd8` is `1576613539.0||467|`. */
const encode = (changedAt: number, id: number): string => Buffer.from(`${changedAt}.0||${id}|`).toString("base64");
function decode(cursor: string): [number, number] {
  const match = /^(\d+)\.\d+\|\|(\d+)\|$/.exec(Buffer.from(cursor, "base64").toString("utf8"));
  return match ? [Number(match[1]), Number(match[2])] : fail(400, "InvalidValue", "Invalid cursor");
}
