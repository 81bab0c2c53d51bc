import type { StoredRecord } from "@sidelight/model/records.ts";
import { expect, it } from "vitest";
import type { SectionInput } from "./section.ts";
import { timelineItems, timelineSection } from "./timeline.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

const record = (object: string, id: number, data: object, to?: string) => ({
  ...{ key: `${object}${id}`, ref: `zendesk.${object}:${id}`, id: String(id), platform: "zendesk", object, changedAt: now },
  edges: to ? [{ rel: "ticket", to }] : [],
  data,
});
const ticket = (id: number, subject: string | null, createdAt: string) =>
  record("ticket", id, { kind: "ticket", subject, createdAt, solvedAt: null, priority: "low" });
const rating = (id: number, ratedAt: string, to?: string) =>
  record("rating", id, { kind: "rating", score: "bad", at: ratedAt }, to);

function input(tickets: unknown[], ratings: unknown[]): SectionInput {
  const emptyRecords = { opportunities: [], activities: [], cases: [], usage: [], memberships: [], people: new Map() };
  const records = {
    kind: "person",
    ...emptyRecords,
    tickets: tickets as StoredRecord<"ticket">[],
    ratings: ratings as StoredRecord[],
  };
  return { ...{ now, timeZone: "UTC", link: () => null, composed: [] }, records } as unknown as SectionInput;
}
const titles = (items: { kind: string; title: string }[]) => items.map(({ kind, title }) => `${kind} ${title}`);

it("a rating is titled by its ticket, by its number when the ticket is not known, and by nothing without one", () => {
  const tickets = [ticket(7, "Nightly export", "2026-11-01T00:00:00.000Z"), ticket(8, null, "2026-11-02T00:00:00.000Z")];
  const ratings = [
    rating(1, "2026-11-06T00:00:00.000Z", "zendesk.ticket:7"),
    rating(2, "2026-11-05T00:00:00.000Z", "zendesk.ticket:8"),
    rating(3, "2026-11-04T00:00:00.000Z", "zendesk.ticket:9"),
    rating(4, "2026-11-03T00:00:00.000Z"),
  ];
  expect(titles(timelineItems(input(tickets, ratings)))).toEqual([
    "rating_bad Nightly export",
    "rating_bad Ticket 8",
    "rating_bad Ticket 9",
    "rating_bad ",
    "ticket_created Ticket 8",
    "ticket_created Nightly export",
  ]);
});

it("a rating keeps the subject of a ticket that is too old to be among the section's items", () => {
  const tickets = [
    ticket(7, "Nightly export", "2020-01-01T00:00:00.000Z"),
    ...Array.from({ length: 30 }, (_, i) => ticket(100 + i, "Other", `2026-11-01T00:00:${String(i).padStart(2, "0")}.000Z`)),
  ];
  const { data } = timelineSection.view(input(tickets, [rating(1, "2026-11-06T00:00:00.000Z", "zendesk.ticket:7")]), undefined);
  expect(titles((data as { items: { kind: string; title: string }[] }).items)[0]).toBe("rating_bad Nightly export");
});
