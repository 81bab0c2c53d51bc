import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { auditsOf } from "../audits.ts";
import type { ZendeskClient } from "../client.ts";
import { ticketRef } from "../records.ts";
import { commentName } from "../reportedValues.ts";
import { WireTicket } from "../wire.ts";
import { idOf, TicketKey } from "./ids.ts";
import { ticketFailure } from "./setTicketFields.ts";

const Input = z
  .strictObject({ ticket: TicketKey, body: z.string().trim().min(1).optional(), html: z.string().trim().min(1).optional() })
  .refine(({ body, html }) => (body === undefined) !== (html === undefined), "Set either body or html.");
type Input = z.infer<typeof Input>;

const OneTicket = z.looseObject({ ticket: WireTicket });
const Answer = z.looseObject({});
/** Member of the audit's metadata that holds the effect's id. Agents do not see it. */
const effectKey = "sidelight_effect";

/**
 * Adds a comment that only agents see. Idempotent: the effect's id is stored in the metadata of the ticket's audit and searched
 * first, and the update is safe (`updated_stamp`), so that it fails when an earlier attempt arrives at the same time.
 */
export const addInternalNote = (client: ZendeskClient): Action<Input> => ({
  summary: "Adds an internal note to a ticket",
  purpose: "support",
  input: Input,
  batch: 1,
  sameAs: () => null,
  writes: ({ ticket, body, html }) => [
    {
      object: "zendesk.ticket",
      ref: ticketRef(idOf(ticket)),
      isCreation: false,
      // Events contain the comment as plain text.
      values: { [commentName]: body ?? html?.replace(/<[^<>]*>/g, " ") },
    },
  ],
  perform: (effects, call) => performEach(effects, (effect) => addNote(client, effect, call)),
});

async function addNote(client: ZendeskClient, { id: effect, input }: Effect<Input>, call: CallOptions): Promise<Outcome> {
  const id = idOf(input.ticket);
  const [path, route] = [`/api/v2/tickets/${id}`, "/api/v2/tickets/{id}"];
  // The stamp is read before the audits, so that a concurrent attempt shows in one of the two.
  const { ticket } = await client.get(path, route, OneTicket, call);
  if (await hasNote(client, id, effect, call)) return success(ticketRef(id), false);
  const text = input.html === undefined ? { body: input.body } : { html_body: input.html };
  const update = {
    comment: { ...text, public: false },
    metadata: { [effectKey]: effect },
    ...{ safe_update: true, updated_stamp: ticket.updated_at },
  };
  try {
    await client.write({ method: "PUT", path, route, body: { ticket: update }, quota: "updates" }, Answer, call);
    return success(ticketRef(id));
  } catch (error) {
    return ticketFailure(error, "Zendesk refused the note.");
  }
}

/** True when an audit of the ticket has the effect's id. */
async function hasNote(client: ZendeskClient, ticket: string, effect: string, call: CallOptions): Promise<boolean> {
  for await (const { metadata } of auditsOf(client, ticket, call)) if (metadata?.custom?.[effectKey] === effect) return true;
  return false;
}
