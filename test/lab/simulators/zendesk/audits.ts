import type { ZdTicket } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { Routes } from "../router.ts";
import type { ResponseParts } from "./errors.ts";
import { list, numeric } from "./paging.ts";
import type { TicketUpdate } from "./ticketUpdate.ts";

/** Audits of clients' updates. The seeded history has none. */
interface Audit {
  id: number;
  created_at: string;
  custom: unknown;
}

const rowOf = (ticket: number): string => `zendesk.audits:${ticket}`;
const auditsOf = (ctx: Context, ticket: number): Audit[] =>
  (ctx.world.meta.get(rowOf(ticket))?.value as Audit[] | undefined) ?? [];

/** "Metadata for the audit. In the audit object, the data is specified in the custom property". Call it inside `world.change`. */
export function recordAudit(ctx: Context, ticket: number, update: TicketUpdate, timestamp: string): void {
  const audits = auditsOf(ctx, ticket);
  const audit = { id: ticket * 10_000 + audits.length + 1, created_at: timestamp, custom: update["metadata"] ?? {} };
  ctx.world.meta.put({ key: rowOf(ticket), value: [...audits, audit] });
}

export function auditRoutes(routes: Routes<ResponseParts>, ctx: Context, ticketOf: (id: number) => ZdTicket): void {
  routes.on("GET", "/api/v2/tickets/:id/audits", (call) => {
    const ticket = ticketOf(numeric(call.params["id"]));
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
