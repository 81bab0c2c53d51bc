import { addDays, calendarDays } from "@sidelight/model/calendar.ts";
import type { UsageData } from "@sidelight/model/records.ts";
import { mergeUsage } from "@sidelight/model/usage.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportedEvent } from "./exportLines.ts";
import { MixpanelOptions } from "./options.ts";
import { count, noUsage, type UsageByPerson } from "./usage.ts";

const { mapping } = MixpanelOptions.parse({ projectId: 1, auth: { username: "u", secret: "s" } });
const dayOf = calendarDays("Europe/Berlin");
const first = "2026-09-01";
const day = (n: number): string => addDays(first, n);

const event: fc.Arbitrary<ExportedEvent> = fc.record({
  event: fc.constantFrom("$session_start", "Feature Used", "Signed Up", "Onboarding Completed", "Other"),
  properties: fc.record({
    // Seconds of the first 60 days of the autumn.
    time: fc.integer({ min: Date.parse(first) / 1000, max: Date.parse(day(60)) / 1000 }),
    distinct_id: fc.constantFrom("ada", "grace"),
    feature: fc.constantFrom("reports", "export", "constructor", "toString", "__proto__", 7, null),
  }),
});
const events = fc.array(event, { maxLength: 60 });

function counted(exportedEvents: readonly ExportedEvent[]): UsageByPerson {
  const usage: UsageByPerson = new Map();
  for (const e of exportedEvents) count(usage, e, mapping, dayOf);
  return usage;
}

/** Usage that one export of these days counts for one person. */
function exported(exportedEvents: readonly ExportedEvent[], person: string, from: string, to: string): UsageData | undefined {
  const within = (e: ExportedEvent) => dayOf(e.properties.time * 1000) >= from && dayOf(e.properties.time * 1000) <= to;
  return counted(exportedEvents.filter(within)).get(person);
}

describe("counting events", () => {
  it("counts all events in any order", () => {
    fc.assert(
      fc.property(events, (exportedEvents) => {
        const usage = counted(exportedEvents);
        expect(counted(exportedEvents.toReversed())).toEqual(usage);
        const days = [...usage.values()].flatMap((u) => Object.values(u.days));
        expect(days.reduce((sum, d) => sum + d.events, 0)).toBe(exportedEvents.length);
        const sessions = exportedEvents.filter((e) => e.event === "$session_start").length;
        expect(days.reduce((sum, d) => sum + d.sessions, 0)).toBe(sessions);
        for (const d of days) for (const n of Object.values(d.features)) expect(Number.isInteger(n)).toBe(true);
      }),
    );
  });

  it("counts by day of the tenant's time zone and by feature of any name", () => {
    const featureEvent = (time: string, feature: string) => ({
      event: "Feature Used",
      properties: { time: Date.parse(time) / 1000, distinct_id: "ada", feature },
    });
    const ada = counted([
      featureEvent("2026-11-20T22:59:59Z", "constructor"),
      featureEvent("2026-11-20T23:00:00Z", "constructor"),
      featureEvent("2026-11-21T10:00:00Z", "constructor"),
    ]).get("ada")!;
    expect(ada.days).toEqual({
      "2026-11-20": { events: 1, sessions: 0, features: { constructor: 1 } },
      "2026-11-21": { events: 2, sessions: 0, features: { constructor: 2 } },
    });
    expect(ada.lastActiveAt).toBe("2026-11-21T10:00:00.000Z");
  });

  it("counts each feature that an event names in a list once", () => {
    const time = Date.parse("2026-11-21T10:00:00Z") / 1000;
    const properties = { time, distinct_id: "ada", feature: ["reports", "export", "reports", 7, null] };
    const ada = counted([{ event: "Feature Used", properties }]).get("ada")!;
    expect(ada.days["2026-11-21"]).toEqual({ events: 1, sessions: 0, features: { reports: 1, export: 1 } });
  });

  it("reads milliseconds of older projects and skips an invalid time", () => {
    const timestamp = Date.parse("2026-11-21T10:00:00Z");
    const sessionEvent = (time: number) => ({ event: "$session_start", properties: { time, distinct_id: "ada" } });
    expect(counted([sessionEvent(timestamp)])).toEqual(counted([sessionEvent(timestamp / 1000)]));
    expect(counted([sessionEvent(9e15), sessionEvent(-9e15)])).toEqual(new Map());
  });

  it("keeps the earliest time of each funnel step", () => {
    const signedUp = (time: string) => ({
      event: "Signed Up",
      properties: { time: Date.parse(time) / 1000, distinct_id: "ada" },
    });
    const ada = counted([signedUp("2026-11-03T00:00:00Z"), signedUp("2026-11-02T00:00:00Z")]).get("ada")!;
    expect(ada.funnel).toEqual({ "Signed Up": "2026-11-02T00:00:00.000Z" });
  });
});

const mergeDays = (previous: UsageData | undefined, counts: UsageData | undefined, from: string, to: string) =>
  mergeUsage(previous, counts ?? noUsage(), { from, to, countedSince: null });

describe("merging new counts into stored usage", () => {
  const ranges = [
    [day(-1), day(19)],
    [day(20), day(39)],
    [day(40), day(61)],
  ] as const;

  it("gives the count of all events for any order of day ranges", () => {
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    fc.assert(
      fc.property(events, order, (exportedEvents, positions) => {
        const total = mergeDays(undefined, counted(exportedEvents).get("ada"), day(-1), day(61));
        let usage = mergeDays(undefined, undefined, day(-1), day(61));
        for (const [from, to] of positions.map((p) => ranges[p]!))
          usage = mergeDays(usage, exported(exportedEvents, "ada", from, to), from, to);
        expect(usage).toEqual(total);
        expect(JSON.stringify(usage.days)).toBe(JSON.stringify(total.days));
      }),
    );
  });

  it("changes nothing when repeated", () => {
    fc.assert(
      fc.property(events, events, fc.constantFrom(...ranges), (previousEvents, nextEvents, [from, to]) => {
        const recount = exported(nextEvents, "ada", from, to);
        const merged = mergeDays(counted(previousEvents).get("ada"), recount, from, to);
        expect(mergeDays(merged, recount, from, to)).toEqual(merged);
      }),
    );
  });

  it("replaces the days in range, keeps other days, and drops days past retention", () => {
    const dayCounts = (n: number) => ({ events: n, sessions: 0, features: {} });
    const usage = (days: UsageData["days"]): UsageData => ({ kind: "usage", lastActiveAt: null, days, funnel: {} });
    const previous = usage({
      "2026-01-01": dayCounts(1),
      "2026-11-18": dayCounts(2),
      "2026-11-20": dayCounts(3),
      "2026-11-21": dayCounts(4),
    });
    expect(mergeDays(previous, usage({ "2026-11-21": dayCounts(9) }), "2026-11-20", "2026-11-21").days).toEqual({
      "2026-11-18": dayCounts(2),
      "2026-11-21": dayCounts(9),
    });
  });

  it("records from which day on a person's events were counted, and keeps the day of the first count", () => {
    const today: UsageData = {
      kind: "usage",
      lastActiveAt: null,
      days: { "2026-11-21": { events: 1, sessions: 0, features: {} } },
      funnel: {},
    };
    const range = { from: "2026-11-20", to: "2026-11-21" };
    const first = mergeUsage(undefined, today, { ...range, countedSince: "2026-08-01" });
    expect(first.countedSince).toBe("2026-08-01");
    expect(mergeUsage(first, today, { ...range, countedSince: "2026-11-01" }).countedSince).toBe("2026-08-01");
    expect(mergeUsage(first, today, { ...range, countedSince: "2026-07-01" }).countedSince).toBe("2026-07-01");
    // Between the two counts are days that neither read.
    const earlier = { from: "2026-06-01", to: "2026-06-30", countedSince: "2026-06-01" };
    expect(mergeUsage(first, noUsage(), earlier).countedSince).toBe("2026-08-01");
    // Stored by an earlier release: the day is unknown for good.
    expect(mergeUsage(today, today, { ...range, countedSince: "2026-08-01" })).not.toHaveProperty("countedSince");
  });

  it("keeps the last activity when there are no new events", () => {
    const previous: UsageData = {
      kind: "usage",
      lastActiveAt: "2026-11-01T00:00:00.000Z",
      days: {},
      funnel: { a: "2026-10-01" },
    };
    expect(mergeDays(previous, undefined, day(80), day(81))).toEqual(previous);
  });
});

it("addDays crosses months, leap days and years", () => {
  expect([addDays("2026-12-31", 1), addDays("2028-03-01", -1), addDays("2026-11-21", 0)]).toEqual([
    "2027-01-01",
    "2028-02-29",
    "2026-11-21",
  ]);
});
