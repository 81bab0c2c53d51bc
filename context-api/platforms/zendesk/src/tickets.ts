import type { RecordInput } from "@sidelight/model/records.ts";
import { type PassedOver, readable } from "@sidelight/platform-kit/passedOver.ts";
import type { PullContext } from "@sidelight/platform-kit/platform.ts";
import { isCustomer, type Mapping, type Origin, ticketRecord, ticketRef } from "./records.ts";
import type { AgentNames } from "./ticketWork.ts";
import { WireMetricSet, type WireTicket, type WireUser } from "./wire.ts";

/** What Zendesk sends with tickets. Read one by one: an odd one must not hide the others. */
export interface TicketSideloads {
  metricSets: readonly unknown[];
  users: readonly WireUser[];
}

/**
 * Tickets with their sideloaded metrics and agents. A ticket without readable metrics keeps what is stored about its solution, and one
 * with several replies the time of the last one, which metrics lack.
 */
export async function ticketRecords(
  mapping: Mapping,
  tickets: readonly WireTicket[],
  { metricSets, users }: TicketSideloads,
  { passedOver, ...origin }: Origin & { passedOver: PassedOver },
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const metricsById = new Map(readable(WireMetricSet, metricSets, passedOver).map((m) => [m.ticket_id, m]));
  const agentNames = namesOf(users);
  const stored = tickets.length === 0 ? new Map() : await readCurrent(tickets.map(({ id }) => ticketRef(id)));
  return tickets.map((ticket) => {
    const previous = stored.get(ticketRef(ticket.id));
    const details = { metrics: metricsById.get(ticket.id), agentNames, previous: previous?.kind === "ticket" ? previous : null };
    return ticketRecord(ticket, details, mapping, origin);
  });
}

const namesOf = (users: readonly WireUser[]): AgentNames =>
  new Map(users.flatMap((user) => (!isCustomer(user) && user.name ? [[user.id, user.name] as const] : [])));
