import { type AnySection, maxUnsolved, SupportData } from "@sidelight/contracts/context/sections.ts";
import type { StoredRecord, TicketPriority, TicketReplies, TicketStatus } from "@sidelight/model/records.ts";
import type { HealthInputs } from "../../signals/health.ts";
import { nameOf } from "../customerRecords.ts";
import { firstInOrder } from "./newest.ts";
import {
  defineSection,
  emptyContent,
  latest,
  ofSource,
  ownCompany,
  ownPeople,
  platformSource,
  provenanceOf,
  type SectionContent,
  type SectionInput,
} from "./section.ts";

const maxTickets = 5;
const dayMs = 86_400_000;
const priorities: readonly TicketPriority[] = ["low", "normal", "high", "urgent"];
const unsolvedStatuses: readonly TicketStatus[] = ["new", "open", "pending", "hold"];

export const isOpen = (ticket: StoredRecord<"ticket">): boolean => unsolvedStatuses.includes(ticket.data.status);

/** Support's side: tickets by status, age, satisfaction, latest tickets. */
export const supportSection = defineSection<SupportData>({
  name: "support",
  order: 20,
  // A person's support consists of their own tickets only.
  dataClass: "tickets",
  source: platformSource("support", (records) => [...ownPeople(records), ...ownCompany(records)]),
  schema: SupportData,
  view,
  healthInputs: (input, section) =>
    inputsOf(section, input.records.tickets.filter(isOpen), (section.data as SupportData | null)?.csat ?? null),
  earlierHealthInputs: (input, section, instants) =>
    instants.map((now) => {
      const open = input.records.tickets.filter((ticket) => wasOpen(ticket, now));
      return inputsOf(section, open, csatOf(ratingsWithin({ ...input, now }), input.csatDays));
    }),
});

function inputsOf(
  { data, state }: AnySection,
  open: readonly StoredRecord<"ticket">[],
  csat: SupportData["csat"],
): Partial<HealthInputs> {
  if (data === null)
    return {
      csat: null,
      openTickets: null,
      urgentTickets: null,
      missing: { open_tickets: state, urgent_tickets: state, csat: state },
    };
  return {
    csat,
    openTickets: open.length,
    urgentTickets: open.filter((ticket) => ticket.data.priority === "urgent").length,
    missing: { csat: "no_ratings" },
  };
}

/** True for a ticket that was not solved at an earlier instant. One that is solved at an unknown time is left out. */
function wasOpen(ticket: StoredRecord<"ticket">, now: number): boolean {
  const { createdAt, solvedAt } = ticket.data;
  if (Date.parse(createdAt) > now) return false;
  return isOpen(ticket) || (solvedAt !== null && Date.parse(solvedAt) > now);
}

function view(input: SectionInput): SectionContent<SupportData> {
  const { records } = input;
  const { tickets } = records;
  const ownRecords: StoredRecord[] =
    records.kind === "person" ? [...records.people.values()].flat() : (records.company?.records ?? []);
  const [source] = ofSource(input, ownRecords);
  if (!source && tickets.length === 0) return emptyContent;
  const open = tickets.filter(isOpen);
  const ratings = ratingsWithin(input);
  const listedTickets = firstInOrder(tickets, maxTickets, byUrgency);
  const data: SupportData = {
    ...countByStatus(open),
    oldestOpenAt: open.reduce<string | null>((first, { data: { createdAt } }) => earlierOf(first, createdAt), null),
    highestPriority: highest(open),
    csat: csatOf(ratings, input.csatDays),
    medianResolutionHours: medianHours(tickets),
    tickets: listedTickets.map((t) => ticketRow(input, t)),
    unsolved: firstInOrder(open, maxUnsolved, byAge).map(({ id, data: { status, priority, createdAt } }) => ({
      id,
      status,
      priority,
      createdAt,
    })),
  };
  const link = source ? input.link(source) : null;
  return {
    data,
    changedAt: latest([...tickets, ...ratings]),
    provenance: provenance(input, source, listedTickets, open),
    absent: data.medianResolutionHours === null ? { "/medianResolutionHours": "none_set" } : {},
    links: link ? [{ label: source?.data.kind === "company" ? "Organization" : "User", url: link }] : [],
  };
}

/** Ratings of the last `csatDays` days. */
function ratingsWithin({ records, now, csatDays }: SectionInput): StoredRecord<"rating">[] {
  const isWithin = (ms: number): boolean => ms > now - csatDays * dayMs && ms <= now;
  return records.ratings.filter((rating) => isWithin(Date.parse(rating.data.at)));
}

function csatOf(ratings: readonly StoredRecord<"rating">[], days: number): NonNullable<SupportData["csat"]> {
  const good = ratings.filter((r) => r.data.score === "good").length;
  const bad = ratings.length - good;
  return { good, bad, score: ratings.length === 0 ? null : roundTo(good / ratings.length, 4), days };
}

function highest(tickets: readonly StoredRecord<"ticket">[]): TicketPriority | null {
  const ranks = tickets.map((t) => (t.data.priority ? priorities.indexOf(t.data.priority) : -1));
  return priorities[Math.max(-1, ...ranks)] ?? null;
}

function countByStatus(open: StoredRecord<"ticket">[]) {
  const count = (status: TicketStatus) => open.filter((t) => t.data.status === status).length;
  return { new: count("new"), open: count("open"), pending: count("pending"), hold: count("hold") };
}

function medianHours(tickets: StoredRecord<"ticket">[]): number | null {
  const minutes = tickets
    .map((t) => t.data.resolutionMinutes)
    .filter((m) => m !== null)
    .sort((a, b) => a - b);
  if (minutes.length === 0) return null;
  const middle = minutes.slice(Math.ceil(minutes.length / 2) - 1, Math.floor(minutes.length / 2) + 1);
  const median = middle.reduce((sum, m) => sum + m, 0) / middle.length;
  return roundTo(median / 60, 2);
}

function ticketRow(input: SectionInput, ticket: StoredRecord<"ticket">): SupportData["tickets"][number] {
  const { subject, status, priority, createdAt, updatedAt, resolutionMinutes, assignee, replies } = ticket.data;
  return {
    id: ticket.id,
    subject,
    status,
    priority,
    createdAt,
    updatedAt,
    requester: requesterOf(input, ticket),
    resolutionHours: resolutionMinutes === null ? null : roundTo(resolutionMinutes / 60, 2),
    ...(assignee === undefined ? {} : { assignee }),
    ...lastReplyOf(replies),
    link: input.link(ticket),
  };
}

/** Absent when there are replies whose times are not known. */
function lastReplyOf(replies: TicketReplies | undefined): { lastReplyAt?: string | null } {
  if (!replies) return {};
  return replies.lastAt !== null || replies.count === 0 ? { lastReplyAt: replies.lastAt } : {};
}

function requesterOf({ records }: SectionInput, ticket: StoredRecord<"ticket">): string | null {
  const ref = ticket.edges.find((e) => e.rel === "requester")?.to;
  const requester = [...records.people.values()].find((person) => person.some((r) => r.ref === ref));
  return requester ? nameOf(requester) : null;
}

function provenance(
  input: SectionInput,
  source: StoredRecord | undefined,
  listedTickets: StoredRecord[],
  open: StoredRecord<"ticket">[],
) {
  const rows = listedTickets.map(
    (t, i) => [`/tickets/${i}`, provenanceOf(input, t, "open first, then the newest update")] as const,
  );
  if (!source) return Object.fromEntries(rows);
  const counts = ["new", "open", "pending", "hold"].map(
    (s) => [`/${s}`, provenanceOf(input, source, `count of tickets that are ${s}`)] as const,
  );
  const [oldest] = firstInOrder(open, 1, byAge);
  return Object.fromEntries([
    ...counts,
    ...(oldest ? [["/oldestOpenAt", provenanceOf(input, oldest, "creation of the oldest open ticket")] as const] : []),
    ["/csat", provenanceOf(input, source, `ratings of the last ${input.csatDays} days`)],
    ["/medianResolutionHours", provenanceOf(input, source, "median of full resolution times")],
    ...rows,
  ]);
}

const earlierOf = (a: string | null, b: string): string => (a !== null && a <= b ? a : b);

const byAge = (a: StoredRecord<"ticket">, b: StoredRecord<"ticket">): number =>
  a.data.createdAt.localeCompare(b.data.createdAt) || a.key.localeCompare(b.key);

function byUrgency(a: StoredRecord<"ticket">, b: StoredRecord<"ticket">): number {
  if (isOpen(a) !== isOpen(b)) return isOpen(a) ? -1 : 1;
  return (b.data.updatedAt ?? b.data.createdAt).localeCompare(a.data.updatedAt ?? a.data.createdAt) || a.key.localeCompare(b.key);
}

const roundTo = (value: number, digits: number): number => Number(value.toFixed(digits));
