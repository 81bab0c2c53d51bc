import type { RecordInput } from "@sidelight/model/records.ts";
import { type PassedOver, readable } from "@sidelight/platform-kit/passedOver.ts";
import type { PullContext } from "@sidelight/platform-kit/platform.ts";
import { type Mapping, type Origin, ticketRecord, ticketRef } from "./records.ts";
import { WireMetricSet, type WireTicket } from "./wire.ts";

/** Tickets with their sideloaded metrics. A ticket without readable metrics keeps what is stored about its solution. */
export async function ticketRecords(
  mapping: Mapping,
  tickets: readonly WireTicket[],
  metricSets: readonly unknown[],
  { passedOver, ...origin }: Origin & { passedOver: PassedOver },
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const metricsById = new Map(readable(WireMetricSet, metricSets, passedOver).map((m) => [m.ticket_id, m]));
  const withoutMetrics = tickets.filter(({ id }) => !metricsById.has(id)).map(({ id }) => ticketRef(id));
  const stored = withoutMetrics.length === 0 ? new Map() : await readCurrent(withoutMetrics);
  return tickets.map((ticket) => {
    const previous = stored.get(ticketRef(ticket.id));
    return ticketRecord(ticket, metricsById.get(ticket.id), mapping, origin, previous?.kind === "ticket" ? previous : null);
  });
}
