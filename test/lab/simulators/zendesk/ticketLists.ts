import type { ZdTicket } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { Call } from "../router.ts";
import { ZendeskError } from "./errors.ts";
import { list } from "./paging.ts";
import * as render from "./render.ts";
import { ticketSideloads } from "./sideloads.ts";

const STATUS = ["new", "open", "pending", "hold", "solved", "closed"];
const KEYS: Record<string, (t: ZdTicket) => number> = {
  id: (t) => t.id,
  created_at: (t) => Date.parse(t.created_at),
  updated_at: (t) => Date.parse(t.updated_at),
  status: (t) => STATUS.indexOf(t.status),
};

/** A list of tickets as every endpoint returns it: without deleted tickets, sorted, with sideloads. */
export function ticketList(ctx: Context, call: Call, tickets: Iterable<ZdTicket>): Record<string, unknown> {
  const external = call.query.get("external_id");
  const live = [...tickets].filter((t) => t.status !== "deleted" && (external === null || t.external_id === external));
  const items: ZdTicket[] = [];
  const body = list(ctx, call, "tickets", live.sort(order(call)), (t) => {
    items.push(t);
    return render.ticket(ctx, t);
  });
  return { ...body, ...ticketSideloads(ctx, call, items) };
}

/** `sort=-updated_at` with cursors, `sort_by` and `sort_order` with page numbers. Default: by id. */
function order(call: Call): (a: ZdTicket, b: ZdTicket) => number {
  const sort = call.query.get("sort");
  const [name, isDescending] =
    sort === null
      ? [call.query.get("sort_by") ?? "id", call.query.get("sort_order") === "desc"]
      : [sort.replace(/^-/, ""), sort.startsWith("-")];
  const key = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined;
  if (!key)
    throw new ZendeskError(400, { errors: [{ code: "InvalidPaginationParameter", title: `sort by ${name} is not valid` }] });
  return (a, b) => (key(a) - key(b) || a.id - b.id) * (isDescending ? -1 : 1);
}
