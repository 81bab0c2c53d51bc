import type { ProductData } from "@sidelight/contracts/context/sections.ts";
import type { DataOf, StoredRecord } from "@sidelight/model/records.ts";
import { describe, expect, it } from "vitest";
import { earlierUseInputs } from "./earlierUse.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const weekMs = 7 * 86_400_000;
const day = (daysAgo: number): string => new Date(now - daysAgo * 86_400_000).toISOString().slice(0, 10);

const product = (members: Partial<ProductData> = {}): ProductData => ({
  ...{ lastActiveAt: null, sessions30d: 0, trend: null, daily: null, features: [], funnel: null, activeUsers30d: null },
  ...members,
});
/** One session on each of these days. */
function usage(daysAgo: readonly number[], funnel: Record<string, string> = {}): StoredRecord<"usage">[] {
  const days = Object.fromEntries(daysAgo.map((ago) => [day(ago), { events: 3, sessions: 1, features: {} }]));
  const data: DataOf<"usage"> = { kind: "usage", lastActiveAt: null, days, funnel };
  return [{ data } as StoredRecord<"usage">];
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const inputsAt = (weeksAgo: number, use: { usage: StoredRecord<"usage">[]; data?: ProductData; firstDay?: string }) =>
  earlierUseInputs({ data: product(), firstDay: day(200), timeZone: "UTC", ...use }, [now - weeksAgo * weekMs])[0];

describe("the use at an earlier time", () => {
  it("is the trend and the last active day of then", () => {
    // Used every day until two weeks ago, and stored for 100 days.
    const use = { usage: usage(range(14, 100)) };
    expect(inputsAt(2, use)).toMatchObject({ usageTrend: "steady", daysSinceActive: 0 });
    expect(inputsAt(1, use)).toMatchObject({ usageTrend: "falling", daysSinceActive: 7 });
  });

  it("is not known where the compared days are not all stored", () => {
    const use = { usage: usage(range(0, 40)) };
    expect(inputsAt(1, use)?.usageTrend).toBe("steady");
    expect(inputsAt(4, use)?.missing).toEqual({ usage_trend: "history_not_stored" });
  });

  it("begins with the first use of a new customer", () => {
    const use = { usage: usage(range(0, 10)), firstDay: day(10) };
    expect(inputsAt(1, use)).toMatchObject({ usageTrend: "new", daysSinceActive: 0 });
    expect(inputsAt(2, use)?.missing).toEqual({ usage_trend: "history_not_stored" });
  });

  it("knows a step of the funnel as done only from its day on", () => {
    const steps = ["sign up", "first report"].map((name) => ({ name, done: true }));
    const data = product({ funnel: { name: "Onboarding", step: "first report", steps } });
    const use = { usage: usage(range(0, 100), { "first report": `${day(10)}T08:00:00.000Z` }), data };
    expect([inputsAt(2, use)?.onboardingDone, inputsAt(1, use)?.onboardingDone]).toEqual([0.5, 1]);
  });

  it("of a company with people who are not counted is not known", () => {
    const use = { usage: usage(range(0, 100)), data: product({ notCounted: 1 }) };
    expect(inputsAt(1, use)).toEqual({ missing: { usage_trend: "not_counted" } });
  });
});
