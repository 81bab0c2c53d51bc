import type { ZdTicket } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { Routes } from "../router.ts";
import type { ResponseParts } from "./errors.ts";
import { list, numeric } from "./paging.ts";
import type { TicketUpdate } from "./ticketUpdate.ts";

/** Audits of clients' updates, and of those people's that a test records. The seeded history has none. */
interface Audit {
  id: number;
  created_at: string;
  author_id: number;
  custom: unknown;
}

const rowOf = (ticket: number): string => `zendesk.audits:${ticket}`;
const auditsOf = ({ world }: Pick<Context, "world">, ticket: number): Audit[] =>
  (world.meta.get(rowOf(ticket))?.value as Audit[] | undefined) ?? [];

/** "Metadata for the audit. In the audit object, the data is specified in the custom property". Call it inside `world.change`. */
export function recordAudit(ctx: Context, ticket: number, update: TicketUpdate, timestamp: string): void {
  addAudit(ctx, ticket, {
    created_at: timestamp,
    author_id: ctx.world.zendesk.integrationUser,
    custom: update["metadata"] ?? {},
  });
}

/** The audit of a person's update. Call it inside `world.change`. */
export const recordPersonsAudit = (world: Context["world"], ticket: number, author: number, timestamp: string): void =>
  addAudit({ world }, ticket, { created_at: timestamp, author_id: author, custom: {} });

function addAudit(ctx: Pick<Context, "world">, ticket: number, audit: Omit<Audit, "id">): void {
  const audits = auditsOf(ctx, ticket);
  ctx.world.meta.put({ key: rowOf(ticket), value: [...audits, { id: ticket * 10_000 + audits.length + 1, ...audit }] });
}

export function auditRoutes(routes: Routes<ResponseParts>, ctx: Context, ticketOf: (id: number) => ZdTicket): void {
  routes.on("GET", "/api/v2/tickets/:id/audits", (call) => {
    const ticket = ticketOf(numeric(call.params["id"]));
    const body = list(ctx, call, "audits", auditsOf(ctx, ticket.id), ({ id, created_at, author_id, custom }) => ({
      id,
      ticket_id: ticket.id,
      created_at,
      author_id,
      metadata: { system: {}, custom },
      events: [],
      via: { channel: "api", source: { from: {}, to: {}, rel: null } },
    }));
    return { status: 200, body };
  });
}
