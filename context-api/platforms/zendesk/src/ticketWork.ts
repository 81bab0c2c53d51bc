import type { DataOf, TicketAssignee, TicketReplies } from "@sidelight/model/records.ts";
import type { WireMetricSet, WireTicket } from "./wire.ts";

// What agents do on a ticket: who works on it, and when an agent last replied. Zendesk has no list of replies for many tickets, so
// the time is known from the metrics for the first reply, and from events for later ones.

/** Names of agents by their id. */
export type AgentNames = ReadonlyMap<string, string>;
type Ticket = DataOf<"ticket">;

/** Metrics round the time of a reply to minutes, so that an event's time within this span is the same reply. */
const roundingMs = 90_000;

/** @param previous the stored ticket, which may know the agent's name */
export function assigneeOf(
  { assignee_id: id }: WireTicket,
  names: AgentNames,
  previous: Ticket | null,
): { assignee?: TicketAssignee | null } {
  if (id === undefined) return previous?.assignee === undefined ? {} : { assignee: previous.assignee };
  if (id === null) return { assignee: null };
  const storedName = previous?.assignee?.id === id ? previous.assignee.name : null;
  return { assignee: { id, name: names.get(id) ?? storedName } };
}

/** The replies that a ticket's metrics count; those that are stored when the metrics are absent or older. */
export function repliesOf(
  { created_at }: WireTicket,
  metrics: WireMetricSet | undefined,
  previous: Ticket | null,
): { replies?: TicketReplies } {
  const stored = previous?.replies;
  const count = metrics?.replies ?? null;
  if (!metrics || count === null) return stored ? { replies: stored } : {};
  // An event may be earlier than the metrics, and tells a time more exactly.
  if (stored && (stored.count ?? 0) >= count && stored.lastAt !== null) return { replies: stored };
  if (count === 0) return { replies: { count, lastAt: null } };
  const first = firstReplyAt(created_at, metrics);
  if (count === 1) return { replies: { count, lastAt: first } };
  // A reply of which only the time is known is the last one, if it is not the first one.
  const isLater = stored?.count === null && stored.lastAt !== null && isAfter(stored.lastAt, first);
  return { replies: { count, lastAt: isLater ? stored.lastAt : null } };
}

/** With one more reply, that an event reports. */
export function withReply(stored: TicketReplies | undefined, instant: string): TicketReplies {
  const count = stored?.count ?? null;
  const isNewest = !stored?.lastAt || stored.lastAt < instant;
  return { count: count === null ? null : count + 1, lastAt: isNewest ? instant : stored.lastAt };
}

function firstReplyAt(createdAt: string, metrics: WireMetricSet): string | null {
  const seconds = metrics.reply_time_in_seconds?.calendar ?? null;
  const minutes = metrics.reply_time_in_minutes?.calendar ?? null;
  const ms = seconds !== null ? seconds * 1000 : minutes !== null ? minutes * 60_000 : null;
  return ms === null ? null : new Date(Date.parse(createdAt) + ms).toISOString();
}

const isAfter = (instant: string, first: string | null): boolean =>
  first !== null && Date.parse(instant) > Date.parse(first) + roundingMs;
