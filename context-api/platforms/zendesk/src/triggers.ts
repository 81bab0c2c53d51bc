import type { InletTools, Message } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { ticketRef } from "./records.ts";

const id = z.union([z.number().int().positive(), z.string().regex(/^[1-9]\d{0,18}$/)]).transform(String);

/** A trigger's body is free: it must name its ticket, in one of the usual ways. */
const Trigger = z.union([
  z.looseObject({ ticket_id: id }).transform((t) => t.ticket_id),
  z.looseObject({ ticket: z.looseObject({ id }) }).transform((t) => t.ticket.id),
  z.looseObject({ id }).transform((t) => t.id),
]);

/** A ticket at which a trigger fired. What it says of the ticket is not taken: anybody who edits triggers wrote it. */
export function readTrigger(body: unknown, sourceId: string, receivedAt: number, tools: InletTools): Message {
  const ticket = Trigger.safeParse(body);
  if (!ticket.success)
    return { kind: "unusable", reason: "unreadable", detail: "the body of a trigger names no ticket: ticket_id" };
  const ref = ticketRef(ticket.data);
  return {
    kind: "event",
    event: {
      type: "zendesk.ticket.triggered",
      timestamp: receivedAt,
      platform: "zendesk",
      connection: tools.connection,
      object: "ticket",
      ref,
      subject: ref,
      sourceIds: [`trigger:${sourceId}`],
      record: null,
      interaction: null,
      data: {},
      isEcho: false,
    },
    fetch: [ref],
  };
}
