import type { EventInput, RecordInput, TicketPriority, TicketStatus } from "@sidelight/model/records.ts";
import { type LoggedEvent, listEventsAfter } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { RiskSettings } from "./risk.ts";

// Events for the tests of signals.

export const settings: RiskSettings = {
  churnWords: { en: ["cancel", "switch to"], de: ["kündig"] },
  accountAbove: { USD: 50_000, JPY: 7_500_000 },
  repeatDays: 7,
  reopenedTimes: 2,
  healthFall: { points: 15, hours: 24 },
};
export const ticketRef = (id: number) => `zendesk.ticket:${id}`;
export interface TicketFields {
  id?: number;
  what?: string;
  text?: string | null;
  priority?: TicketPriority | null;
  status?: TicketStatus;
  isEscalated?: true;
  data?: Record<string, unknown>;
}
let eventCount = 0;
export function ticketEvent({
  id = 1,
  what = "created",
  text = "Printer",
  priority = "normal",
  status = "open",
  isEscalated,
  data = {},
}: TicketFields = {}): EventInput {
  const times = { createdAt: "2026-11-01T00:00:00Z", updatedAt: null, solvedAt: null, resolutionMinutes: null };
  const origin = { platform: "zendesk", connection: "zendesk", object: "ticket", ref: ticketRef(id), subject: "zendesk.user:9" };
  eventCount += 1;
  const record: RecordInput = {
    ...origin,
    ...{ changedAt: eventCount, observedAt: eventCount, identifiers: [], edges: [] },
    data: {
      kind: "ticket",
      subject: `${text} ${eventCount}`,
      status,
      priority,
      ...times,
      ...(isEscalated ? { isEscalated } : {}),
    },
  };
  return {
    ...origin,
    type: `zendesk.ticket.${what}`,
    timestamp: 5_000 + eventCount,
    sourceIds: [`event:${eventCount}`],
    sourceEventId: String(eventCount),
    record,
    interaction: { type: "ticket", priority, category: null, description: text },
    data,
    isEcho: false,
  };
}

/** Number of events so far: a value that no earlier event has. */
export const eventNumber = (): number => eventCount;

/** Appends events as one batch and returns them as a consumer reads them. */
export async function appendEvents(log: TenantLog, ...events: EventInput[]): Promise<LoggedEvent[]> {
  const head = log.head();
  await log.commit({ events, correlationId: "test" });
  return await listEventsAfter(log, { after: head }, 100);
}
