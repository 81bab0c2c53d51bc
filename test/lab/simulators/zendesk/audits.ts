import type { ZdTicket } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { Routes } from "../router.ts";
import type { Answer } from "./errors.ts";
import { list, numeric } from "./paging.ts";
import type { Asked } from "./ticket-writes.ts";

/** What a client's update left behind; the seeded history has none. */
interface Audit {
  id: number;
  created_at: string;
  custom: unknown;
}

const rowOf = (ticket: number): string => `zendesk.audits:${ticket}`;
const auditsOf = (ctx: Context, ticket: number): Audit[] =>
  (ctx.world.meta.get(rowOf(ticket))?.value as Audit[] | undefined) ?? [];

/** "Metadata for the audit. In the audit object, the data is specified in the custom property": call inside `world.change`. */
export function noteAudit(ctx: Context, ticket: number, asked: Asked, at: string): void {
  const before = auditsOf(ctx, ticket);
  const audit = { id: ticket * 10_000 + before.length + 1, created_at: at, custom: asked["metadata"] ?? {} };
  ctx.world.meta.put({ key: rowOf(ticket), value: [...before, audit] });
}

export function auditRoutes(routes: Routes<Answer>, ctx: Context, of: (id: number) => ZdTicket): void {
  routes.on("GET", "/api/v2/tickets/:id/audits", (call) => {
    const ticket = of(numeric(call.params["id"]));
    const body = list(ctx, call, "audits", auditsOf(ctx, ticket.id), ({ id, created_at, custom }) => ({
      id,
      ticket_id: ticket.id,
      created_at,
      author_id: ctx.world.zendesk.integrationUser,
      metadata: { system: {}, custom },
      events: [],
      via: { channel: "api", source: { from: {}, to: {}, rel: null } },
    }));
    return { status: 200, body };
  });
}
