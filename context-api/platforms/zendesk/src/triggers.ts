import type { Message, WebhookTools } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { ticketRef } from "./records.ts";

const id = z.union([z.number().int().positive(), z.string().regex(/^[1-9]\d{0,18}$/)]).transform(String);

/** A trigger's body is free-form. It must contain the ticket's id in one of the usual members. */
const Trigger = z.union([
  z.looseObject({ ticket_id: id }).transform((t) => t.ticket_id),
  z.looseObject({ ticket: z.looseObject({ id }) }).transform((t) => t.ticket.id),
  z.looseObject({ id }).transform((t) => t.id),
]);

/** A trigger event. Only the ticket's id is used: the body is whatever the trigger's author wrote. */
export function readTrigger(
  body: unknown,
  { sourceId, invocationId, sentAt }: { sourceId: string; invocationId: string | null; sentAt: number },
  tools: WebhookTools,
): Message {
  const ticket = Trigger.safeParse(body);
  if (!ticket.success) return { kind: "unusable", reason: "unreadable", detail: "the trigger's body has no ticket_id" };
  const ref = ticketRef(ticket.data);
  return {
    kind: "event",
    event: {
      type: "zendesk.ticket.triggered",
      timestamp: sentAt,
      platform: "zendesk",
      connection: tools.connection,
      object: "ticket",
      ref,
      subject: ref,
      sourceIds: [`trigger:${sourceId}`],
      sourceEventId: invocationId,
      record: null,
      interaction: null,
      data: {},
      isEcho: false,
    },
    refsToFetch: [ref],
  };
}
