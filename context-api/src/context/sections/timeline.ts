import { TimelineData, type TimelineItem } from "@sidelight/contracts/context/sections.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import type { CustomerRecords } from "../customerRecords.ts";
import { consentedUsage } from "./product.ts";
import { type ComposedSection, defineSection, isPast, type SectionInput } from "./section.ts";

const maxItems = 20;

/** The part of a section's input that a timeline needs. */
export type TimelineInput = Pick<SectionInput, "records" | "now" | "timeZone" | "link"> & {
  /** The tickets that ratings may be about, when `records` lacks some of them. */
  ticketsByRef?: TicketsByRef;
};
type TicketsByRef = ReadonlyMap<string, StoredRecord<"ticket">>;

/** What happened on all platforms, newest first. A source with a problem leaves a gap. */
export const timelineSection = defineSection<TimelineData>({
  name: "timeline",
  order: 50,
  source: null,
  isComputed: true,
  schema: TimelineData,
  view(input) {
    const gaps = gapsOf(input.composed);
    const items = newestItems(input, maxItems);
    const [newest] = items;
    const isEmpty = items.length === 0 && gaps.length === 0;
    return {
      data: isEmpty ? null : { items, gaps },
      changedAt: newest ? Date.parse(newest.at) : null,
      provenance: {},
      absent: {},
      links: [],
      state: isEmpty ? "empty" : gaps.length > 0 ? "partial" : "ok",
    };
  },
});

function gapsOf(composed: readonly ComposedSection[]): TimelineData["gaps"] {
  return composed.flatMap(({ section: { source, problem, observedAt } }) =>
    problem && source ? [{ source, reason: problem.message, from: observedAt, to: null }] : [],
  );
}

/** The first `count` of {@link timelineItems}. Only those that may be among them are built. */
function newestItems(input: TimelineInput, count: number): TimelineItem[] {
  const byTime = (a: string, b: string): number => b.localeCompare(a);
  const times: string[] = [];
  for (const instant of instantsOf(input.records)) {
    const last = times.at(-1);
    // Equal times matter: their order is decided by the ids.
    if ((times.length >= count && last !== undefined && byTime(instant, last) >= 0) || !isPast(instant, input)) continue;
    const position = times.findIndex((other) => byTime(instant, other) < 0);
    times.splice(position === -1 ? times.length : position, 0, instant);
    if (times.length > count) times.pop();
  }
  const oldest = times.length < count ? undefined : times.at(-1);
  const isNew = (instant: string | null): boolean => instant !== null && (oldest === undefined || byTime(instant, oldest) <= 0);
  const hasNewItem = (record: TimelineRecord): boolean => instantsOfRecord(record).some(isNew);
  const { tickets, ratings, opportunities, activities, cases, usage } = input.records;
  const records: CustomerRecords = {
    ...input.records,
    tickets: tickets.filter(hasNewItem),
    ratings: ratings.filter(hasNewItem),
    opportunities: opportunities.filter(hasNewItem),
    activities: activities.filter(hasNewItem),
    cases: cases.filter(hasNewItem),
    usage: usage.filter(hasNewItem),
  };
  return timelineItems({ ...input, records, ticketsByRef: ticketsOf(input.records) }).slice(0, count);
}

type TimelineRecord = StoredRecord<"ticket" | "rating" | "opportunity" | "activity" | "case" | "usage">;

/** The times of all items. */
function* instantsOf(records: CustomerRecords): Iterable<string> {
  const { tickets, ratings, opportunities, activities, cases } = records;
  for (const list of [tickets, ratings, opportunities, activities, cases, consentedUsage({ records })])
    for (const record of list) for (const instant of instantsOfRecord(record)) if (instant !== null) yield instant;
}

/** The times that a record's items may have. */
function instantsOfRecord({ data }: TimelineRecord): (string | null)[] {
  switch (data.kind) {
    case "ticket":
      return [data.createdAt, data.solvedAt];
    case "opportunity":
      return [data.createdAt, data.state === "open" ? null : data.closeDate];
    case "case":
      return [data.createdAt, data.closedAt];
    case "usage":
      return Object.values(data.funnel);
    default:
      return [data.at];
  }
}

/** All items up to now, newest first. An item with a day but no time follows those of its day that have one. */
export function timelineItems(input: TimelineInput): TimelineItem[] {
  const { records } = input;
  const items = [
    ...records.tickets.flatMap((t) => ticketItems(input, t)),
    ...ratingItems(input),
    ...records.opportunities.flatMap((o) => opportunityItems(input, o)),
    ...records.activities.map((a) => item(input, a, "activity", a.data.at, a.data.subject ?? a.data.type, a.data.type)),
    ...records.cases.flatMap((c) => caseItems(input, c)),
    ...consentedUsage(input).flatMap((u) => milestones(input, u)),
  ];
  return items.filter((i) => isPast(i.at, input)).sort((a, b) => b.at.localeCompare(a.at) || a.id.localeCompare(b.id));
}

/** A rating is about its ticket. The ticket may be older than the other items, so it is looked up among all. */
function ratingItems({ ticketsByRef, ...input }: TimelineInput): TimelineItem[] {
  return input.records.ratings.map((rating) => {
    const ref = rating.edges.find(({ rel }) => rel === "ticket")?.to;
    const ticket = ref === undefined ? undefined : (ticketsByRef ?? ticketsOf(input.records)).get(ref);
    const title = ticket ? titleOfTicket(ticket) : ref ? `Ticket ${splitRef(ref).id}` : "";
    return item(input, rating, `rating_${rating.data.score}`, rating.data.at, title, null);
  });
}

const ticketsOf = ({ tickets }: CustomerRecords): TicketsByRef => new Map(tickets.map((ticket) => [ticket.ref, ticket]));

const titleOfTicket = ({ id, data }: StoredRecord<"ticket">): string => data.subject ?? `Ticket ${id}`;

function ticketItems(input: TimelineInput, ticket: StoredRecord<"ticket">): TimelineItem[] {
  const { createdAt, solvedAt, priority } = ticket.data;
  const title = titleOfTicket(ticket);
  return [
    item(input, ticket, "ticket_created", createdAt, title, priority),
    ...(solvedAt ? [item(input, ticket, "ticket_solved", solvedAt, title, null)] : []),
  ];
}

function caseItems(input: TimelineInput, record: StoredRecord<"case">): TimelineItem[] {
  const { subject, status, priority, createdAt, closedAt } = record.data;
  const title = subject ?? "Case";
  return [
    item(input, record, "case_opened", createdAt, title, priority),
    ...(closedAt ? [item(input, record, "case_closed", closedAt, title, status)] : []),
  ];
}

function opportunityItems(input: TimelineInput, deal: StoredRecord<"opportunity">): TimelineItem[] {
  const { name, stage, state, closeDate, createdAt } = deal.data;
  const title = name ?? "Opportunity";
  return [
    ...(createdAt ? [item(input, deal, "opportunity_created", createdAt, title, stage)] : []),
    ...(state !== "open" && closeDate ? [item(input, deal, `opportunity_${state}`, closeDate, title, stage)] : []),
  ];
}

function milestones(input: TimelineInput, usage: StoredRecord<"usage">): TimelineItem[] {
  return Object.entries(usage.data.funnel).map(([step, instant]) =>
    item(input, usage, "product_milestone", instant, step, null, step),
  );
}

function item(
  input: TimelineInput,
  record: StoredRecord,
  kind: string,
  instant: string,
  title: string,
  detail: string | null,
  part = kind,
): TimelineItem {
  const { key, platform, ref } = record;
  return { id: `${key}:${part}`, at: instant, source: platform, kind, title, detail, record: ref, link: input.link(record) };
}
