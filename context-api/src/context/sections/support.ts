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
  healthInputs(input, section) {
    const open = input.records.tickets.filter(isOpen);
    const urgentTickets = open.filter(isUrgent).length;
    return inputsOf(section, {
      openTickets: open.length,
      urgentTickets,
      csat: (section.data as SupportData | null)?.csat ?? null,
    });
  },
  earlierHealthInputs(input, section, instants) {
    const periods = input.records.tickets.map(openPeriodOf);
    const ratings = input.records.ratings.map((rating) => ({ rating, at: Date.parse(rating.data.at) }));
    return instants.map((now) => {
      const counts = { openTickets: 0, urgentTickets: 0 };
      for (const { from, to, isUrgent: hasUrgency } of periods) {
        if (from > now || to <= now) continue;
        counts.openTickets += 1;
        if (hasUrgency) counts.urgentTickets += 1;
      }
      const counted = ratings.filter(({ at }) => isWithinDays(at, now, input.csatDays)).map(({ rating }) => rating);
      return inputsOf(section, { ...counts, csat: csatOf(counted, input.csatDays) });
    });
  },
});

function inputsOf(
  { data, state }: AnySection,
  inputs: Pick<HealthInputs, "openTickets" | "urgentTickets"> & { csat: SupportData["csat"] },
): Partial<HealthInputs> {
  if (data === null)
    return {
      csat: null,
      openTickets: null,
      urgentTickets: null,
      missing: { open_tickets: state, urgent_tickets: state, csat: state },
    };
  return { ...inputs, missing: { csat: "no_ratings" } };
}

const isUrgent = (ticket: StoredRecord<"ticket">): boolean => ticket.data.priority === "urgent";

/** When a ticket was open, epoch ms. One that is solved at an unknown time was never open. */
function openPeriodOf(ticket: StoredRecord<"ticket">): { from: number; to: number; isUrgent: boolean } {
  const { createdAt, solvedAt } = ticket.data;
  const solved = solvedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(solvedAt);
  return {
    from: Date.parse(createdAt),
    to: isOpen(ticket) ? Number.POSITIVE_INFINITY : solved,
    isUrgent: isUrgent(ticket),
  };
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
  return records.ratings.filter((rating) => isWithinDays(Date.parse(rating.data.at), now, csatDays));
}

const isWithinDays = (ms: number, now: number, days: number): boolean => ms > now - days * dayMs && ms <= now;

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
