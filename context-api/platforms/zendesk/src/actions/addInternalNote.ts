import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { done } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";
import { ticketRef } from "../records.ts";
import { WireCursorMeta, WireTicket } from "../wire.ts";
import { idOf, TicketKey } from "./ids.ts";
import { ticketFailure } from "./setTicketFields.ts";

const Input = z
  .strictObject({ ticket: TicketKey, body: z.string().trim().min(1).optional(), html: z.string().trim().min(1).optional() })
  .refine(({ body, html }) => (body === undefined) !== (html === undefined), "either body or html");
type Input = z.infer<typeof Input>;

const OneTicket = z.looseObject({ ticket: WireTicket });
const Audits = z.looseObject({
  audits: z.array(z.looseObject({ metadata: z.looseObject({ custom: z.looseObject({}).nullish() }).nullish() })),
  meta: WireCursorMeta.nullish(),
});
const Answer = z.looseObject({});
/** Where a note's effect stands in the metadata of its audit, which no agent sees. */
const mark = "sidelight_effect";

/**
 * Adds a comment that only agents see. Acts once: the effect's id is kept in the metadata of the ticket's audit and looked for
 * first, and the update is a safe one (`updated_stamp`), so that an earlier attempt that arrives meanwhile makes it fail.
 */
export const addInternalNote = (client: ZendeskClient): Action<Input> => ({
  summary: "Adds an internal note to a ticket",
  input: Input,
  batch: 1,
  sameAs: () => null,
  perform: (effects, call) => performEach(effects, (effect) => addNote(client, effect, call)),
});

async function addNote(client: ZendeskClient, { id: effect, input }: Effect<Input>, call: CallOptions): Promise<Outcome> {
  const id = idOf(input.ticket);
  const [path, route] = [`/api/v2/tickets/${id}`, "/api/v2/tickets/{id}"];
  // The stamp is read before the audits: what comes between the two is seen by one of them.
  const { ticket } = await client.get(path, route, OneTicket, call);
  if (await isThere(client, id, effect, call)) return done(ticketRef(id), false);
  const text = input.html === undefined ? { body: input.body } : { html_body: input.html };
  const update = {
    comment: { ...text, public: false },
    metadata: { [mark]: effect },
    ...{ safe_update: true, updated_stamp: ticket.updated_at },
  };
  try {
    await client.write({ method: "PUT", path, route, body: { ticket: update }, pool: "updates" }, Answer, call);
    return done(ticketRef(id));
  } catch (error) {
    return ticketFailure(error, "Zendesk doesn't take the note.");
  }
}

/** A ticket's audits, a hundred a page; those of an archived ticket come as one. */
async function isThere(client: ZendeskClient, ticket: string, effect: string, call: CallOptions): Promise<boolean> {
  const [path, route] = [`/api/v2/tickets/${ticket}/audits`, "/api/v2/tickets/{id}/audits"];
  let after: string | null = null;
  do {
    const query: string = `page%5Bsize%5D=100${after === null ? "" : `&page%5Bafter%5D=${encodeURIComponent(after)}`}`;
    const page: z.infer<typeof Audits> = await client.get(`${path}?${query}`, route, Audits, call);
    if (page.audits.some(({ metadata }) => metadata?.custom?.[mark] === effect)) return true;
    after = page.meta?.has_more ? (page.meta.after_cursor ?? null) : null;
  } while (after !== null);
  return false;
}
