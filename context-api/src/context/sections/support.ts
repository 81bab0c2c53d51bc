import type { Section, SupportData } from "@sidelight/contracts/context/sections.ts";
import type { StoredRecord, TicketPriority, TicketStatus } from "@sidelight/model/records.ts";
import { nameOf } from "../customerRecords.ts";
import { envelope, latest, provenanceOf, type SectionInput } from "./section.ts";

const most = 5;
const dayMs = 86_400_000;
const priorities: readonly TicketPriority[] = ["low", "normal", "high", "urgent"];
const unsolved: readonly TicketStatus[] = ["new", "open", "pending", "hold"];

export const isOpen = (ticket: StoredRecord<"ticket">): boolean => unsolved.includes(ticket.data.status);

/** What support is dealing with: counts by status, age, satisfaction, the last tickets. */
export function supportSection(input: SectionInput): Section<"support"> {
  const platform = input.connection?.platform.name;
  const known = [...[...input.story.people.values()].flat(), ...(input.story.company?.records ?? [])].filter(
    (r) => r.platform === platform,
  );
  const { tickets } = input.story;
  const source =
    input.story.kind === "company" ? known.find((r) => r.data.kind === "company") : known.find((r) => r.data.kind === "person");
  if (!source && tickets.length === 0)
    return envelope<"support">(input, { data: null, changedAt: null, provenance: {}, absent: {}, links: [] });
  const open = tickets.filter(isOpen);
  const ratings = ratingsWithin(input);
  const shown = [...tickets].sort(byUrgency).slice(0, most);
  const data: SupportData = {
    ...countByStatus(open),
    oldestOpenAt: open.map((t) => t.data.createdAt).sort()[0] ?? null,
    highestPriority: highest(open),
    csat: csatOf(ratings, input.csatDays),
    medianResolutionHours: medianHours(tickets),
    tickets: shown.map((t) => ticketRow(input, t)),
  };
  const link = source ? input.link(source) : null;
  return envelope<"support">(input, {
    data,
    changedAt: latest([...tickets, ...ratings]),
    provenance: provenance(input, source, shown, open),
    absent: data.medianResolutionHours === null ? { "/medianResolutionHours": "none_set" } : {},
    links: link ? [{ label: source?.data.kind === "company" ? "Organization" : "User", url: link }] : [],
  });
}

/** Ratings given within the configured days. */
export function ratingsWithin({ story, now, csatDays }: SectionInput): StoredRecord<"rating">[] {
  return story.ratings.filter((r) => Date.parse(r.data.at) > now - csatDays * dayMs);
}

export function csatOf(ratings: readonly StoredRecord<"rating">[], days: number): NonNullable<SupportData["csat"]> {
  const good = ratings.filter((r) => r.data.score === "good").length;
  const bad = ratings.length - good;
  return { good, bad, score: ratings.length === 0 ? null : rounded(good / ratings.length, 4), days };
}

export function highest(tickets: readonly StoredRecord<"ticket">[]): TicketPriority | null {
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
  const middle = Math.floor(minutes.length / 2);
  const median = minutes.length % 2 === 1 ? minutes[middle]! : (minutes[middle - 1]! + minutes[middle]!) / 2;
  return rounded(median / 60, 2);
}

function ticketRow(input: SectionInput, ticket: StoredRecord<"ticket">): SupportData["tickets"][number] {
  const { subject, status, priority, createdAt, updatedAt } = ticket.data;
  return {
    id: ticket.id,
    subject,
    status,
    priority,
    createdAt,
    updatedAt,
    requester: requesterOf(input, ticket),
    link: input.link(ticket),
  };
}

function requesterOf({ story }: SectionInput, ticket: StoredRecord<"ticket">): string | null {
  const ref = ticket.edges.find((e) => e.rel === "requester")?.to;
  const records = [...story.people.values()].find((person) => person.some((r) => r.ref === ref));
  return records ? nameOf(records) : null;
}

function provenance(
  input: SectionInput,
  source: StoredRecord | undefined,
  shown: StoredRecord[],
  open: StoredRecord<"ticket">[],
) {
  const rows = shown.map((t, i) => [`/tickets/${i}`, provenanceOf(input, t, "open first, then the newest update")] as const);
  if (!source) return Object.fromEntries(rows);
  const counts = ["new", "open", "pending", "hold"].map(
    (s) => [`/${s}`, provenanceOf(input, source, `count of tickets that are ${s}`)] as const,
  );
  const oldest = [...open].sort((a, b) => a.data.createdAt.localeCompare(b.data.createdAt))[0];
  return Object.fromEntries([
    ...counts,
    ...(oldest ? [["/oldestOpenAt", provenanceOf(input, oldest, "creation of the oldest open ticket")] as const] : []),
    ["/csat", provenanceOf(input, source, `ratings of the last ${input.csatDays} days`)],
    ["/medianResolutionHours", provenanceOf(input, source, "median of full resolution times")],
    ...rows,
  ]);
}

function byUrgency(a: StoredRecord<"ticket">, b: StoredRecord<"ticket">): number {
  if (isOpen(a) !== isOpen(b)) return isOpen(a) ? -1 : 1;
  return (b.data.updatedAt ?? b.data.createdAt).localeCompare(a.data.updatedAt ?? a.data.createdAt) || a.key.localeCompare(b.key);
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
