import type { ConfigTree, Harness } from "./harness.ts";
import { sendZendesk, ticketEvent } from "./zendeskWebhook.ts";

/** A field of the simulated account. */
const field = 362000000122;

/** A route that writes a value to each ticket with a new comment. */
export const tieredRoute = {
  ...{ id: "ticket-value", on: "zendesk.ticket.comment_added", to: "zendesk", do: "set-ticket-fields" },
  with: `{"ticket": ref, "fields": [{"id": ${field}, "value": $number($substringAfter(event.interaction.description, "value "))}]}`,
};

/** Customers of a high value at once, all others in batches. */
export const tiersAbove = (amount: number, everyMinutes: number): ConfigTree => [
  { name: "high", when: `account.arr.amount >= ${amount}` },
  { name: "standard", everyMinutes },
];

export interface ValuedTicket {
  id: number;
  requesterId: number;
  arr: number;
}

/** Open tickets of customers whose value is known and whose consent allows writes, most valuable first. */
export async function valuedTickets(harness: Harness, tenant = "acme"): Promise<ValuedTicket[]> {
  const tickets: ValuedTicket[] = [];
  for (const ticket of harness.lab.tenants[tenant]!.world.zendesk.tickets.values()) {
    const { sections } = (await harness.context(`zendesk.ticket:${ticket.id}`, { tenant })).body;
    const arr = sections.account?.data?.arr?.amount;
    if (ticket.status !== "closed" && sections.product?.state === "ok" && typeof arr === "number")
      tickets.push({ id: ticket.id, requesterId: ticket.requester_id, arr });
  }
  return tickets.sort((a, b) => b.arr - a.arr || a.id - b.id);
}

let comments = 0;

/** Reports a comment on a ticket, for which the route writes a new value. */
export async function commentOn(harness: Harness, { id, requesterId }: ValuedTicket): Promise<number> {
  comments += 1;
  const comment = { comment: { id: String(990_000 + comments), body: `value ${comments}`, is_public: true } };
  await sendZendesk(harness, ticketEvent("comment_added", { id, requesterId, updatedAt: harness.clock.now() }, comment));
  return comments;
}

/** Calls that wrote to Zendesk, from an index of the received requests. */
export const writesSince = (harness: Harness, since: number): number =>
  harness.requests("zendesk", since).filter(({ method, path }) => method !== "GET" && !path.includes("token")).length;

/** The value that a ticket has now. */
export const ticketValue = (harness: Harness, { id }: ValuedTicket, tenant = "acme"): number =>
  Number(harness.lab.tenants[tenant]!.world.zendesk.tickets.get(id)?.custom_fields.find((entry) => entry.id === field)?.value);
