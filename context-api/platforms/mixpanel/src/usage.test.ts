import { calendarDays } from "@sidelight/model/calendar.ts";
import type { UsageData } from "@sidelight/model/records.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportedEvent } from "./client.ts";
import { MixpanelOptions } from "./options.ts";
import { addDays, count, merge, type UsageByPerson } from "./usage.ts";

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

function counted(all: readonly ExportedEvent[]): UsageByPerson {
  const usage: UsageByPerson = new Map();
  for (const e of all) count(usage, e, mapping, dayOf);
  return usage;
}

/** What one export of these whole days says of one person. */
function exported(all: readonly ExportedEvent[], person: string, from: string, to: string): UsageData | undefined {
  const within = (e: ExportedEvent) => dayOf(e.properties.time * 1000) >= from && dayOf(e.properties.time * 1000) <= to;
  return counted(all.filter(within)).get(person);
}

describe("counting events", () => {
  it("doesn't depend on their order, and leaves none out", () => {
    fc.assert(
      fc.property(events, (all) => {
        const usage = counted(all);
        expect(counted(all.toReversed())).toEqual(usage);
        const days = [...usage.values()].flatMap((u) => Object.values(u.days));
        expect(days.reduce((sum, d) => sum + d.events, 0)).toBe(all.length);
        const sessions = all.filter((e) => e.event === "$session_start").length;
        expect(days.reduce((sum, d) => sum + d.sessions, 0)).toBe(sessions);
        for (const d of days) for (const n of Object.values(d.features)) expect(Number.isInteger(n)).toBe(true);
      }),
    );
  });

  it("counts by day of the tenant's time zone, and by feature whatever its name", () => {
    const used = (time: string, feature: string) => ({
      event: "Feature Used",
      properties: { time: Date.parse(time) / 1000, distinct_id: "ada", feature },
    });
    const ada = counted([
      used("2026-11-20T22:59:59Z", "constructor"),
      used("2026-11-20T23:00:00Z", "constructor"),
      used("2026-11-21T10:00:00Z", "constructor"),
    ]).get("ada")!;
    expect(ada.days).toEqual({
      "2026-11-20": { events: 1, sessions: 0, features: { constructor: 1 } },
      "2026-11-21": { events: 2, sessions: 0, features: { constructor: 2 } },
    });
    expect(ada.lastActiveAt).toBe("2026-11-21T10:00:00.000Z");
  });

  it("takes older projects' milliseconds for what they are, and passes over a time that is none", () => {
    const at = Date.parse("2026-11-21T10:00:00Z");
    const opened = (time: number) => ({ event: "$session_start", properties: { time, distinct_id: "ada" } });
    expect(counted([opened(at)])).toEqual(counted([opened(at / 1000)]));
    expect(counted([opened(9e15), opened(-9e15)])).toEqual(new Map());
  });

  it("keeps the first time that each step was reached", () => {
    const signedUp = (time: string) => ({
      event: "Signed Up",
      properties: { time: Date.parse(time) / 1000, distinct_id: "ada" },
    });
    const ada = counted([signedUp("2026-11-03T00:00:00Z"), signedUp("2026-11-02T00:00:00Z")]).get("ada")!;
    expect(ada.funnel).toEqual({ "Signed Up": "2026-11-02T00:00:00.000Z" });
  });
});

describe("merging what was counted anew into what is stored", () => {
  const ranges = [
    [day(-1), day(19)],
    [day(20), day(39)],
    [day(40), day(61)],
  ] as const;

  it("gives the count of all events, in whatever order the ranges of days come", () => {
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    fc.assert(
      fc.property(events, order, (all, positions) => {
        const whole = merge(undefined, counted(all).get("ada"), day(-1), day(61));
        let usage = merge(undefined, undefined, day(-1), day(61));
        for (const [from, to] of positions.map((p) => ranges[p]!)) usage = merge(usage, exported(all, "ada", from, to), from, to);
        expect(usage).toEqual(whole);
        expect(JSON.stringify(usage.days)).toBe(JSON.stringify(whole.days));
      }),
    );
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(events, events, fc.constantFrom(...ranges), (before, after, [from, to]) => {
        const again = exported(after, "ada", from, to);
        const once = merge(counted(before).get("ada"), again, from, to);
        expect(merge(once, again, from, to)).toEqual(once);
      }),
    );
  });

  it("replaces the days it covers, leaves the others, and drops those of long ago", () => {
    const used = (n: number) => ({ events: n, sessions: 0, features: {} });
    const usage = (days: UsageData["days"]): UsageData => ({ kind: "usage", lastActiveAt: null, days, funnel: {} });
    const before = usage({ "2026-01-01": used(1), "2026-11-18": used(2), "2026-11-20": used(3), "2026-11-21": used(4) });
    expect(merge(before, usage({ "2026-11-21": used(9) }), "2026-11-20", "2026-11-21").days).toEqual({
      "2026-11-18": used(2),
      "2026-11-21": used(9),
    });
  });

  it("keeps who was last seen when nothing new was counted", () => {
    const before: UsageData = { kind: "usage", lastActiveAt: "2026-11-01T00:00:00.000Z", days: {}, funnel: { a: "2026-10-01" } };
    expect(merge(before, undefined, day(80), day(81))).toEqual(before);
  });
});

it("days are counted across months, leap days and years", () => {
  expect([addDays("2026-12-31", 1), addDays("2028-03-01", -1), addDays("2026-11-21", 0)]).toEqual([
    "2027-01-01",
    "2028-02-29",
    "2026-11-21",
  ]);
});
