import { describe, expect, it } from "vitest";
import { unboundedSeconds } from "./ageBounds.ts";
import { arrivalSamples, minuteSamples } from "./recordFreshness.ts";

const minuteMs = 60_000;
const now = 1_000_000 * minuteMs;
const arrival = {
  sequence: 1,
  connection: "zendesk",
  object: "ticket",
  isWebhook: true,
  receivedAt: now,
  changedAt: now - 90_000,
};

describe("arrivalSamples", () => {
  it("takes the age by the clock of the platform", () => {
    const bounds = (leadMs: number) => arrivalSamples([arrival], new Map([["zendesk", leadMs]])).map(({ bound }) => bound);
    expect(bounds(0)).toEqual([120]);
    expect(bounds(85_000)).toEqual([10]);
    expect(bounds(-3_600_000)).toEqual([7_200]);
  });

  it("leaves out what has no time of its source, and connections that were removed", () => {
    expect(arrivalSamples([{ ...arrival, changedAt: null }], new Map([["zendesk", 0]]))).toEqual([]);
    expect(arrivalSamples([arrival], new Map())).toEqual([]);
  });
});

describe("minuteSamples", () => {
  const ages = [{ connection: "zendesk", object: "ticket", ms: 30_000, cause: "pull" as const }];

  it("counts the minutes since the last sample of this process with the present age", () => {
    expect(minuteSamples(ages, { now, elapsedMinutes: 3, lastAt: 0 })).toMatchObject([{ bound: 30, count: 3, cause: "pull" }]);
  });

  it("counts the minutes in which no process ran as growing older, and a restart as none", () => {
    const samples = minuteSamples(ages, { now, elapsedMinutes: null, lastAt: now - 20 * minuteMs });
    const missingItems = samples.filter(({ cause }) => cause === "not_running");
    expect(missingItems.map(({ bound }) => bound).slice(0, 3)).toEqual([60, 120, 300]);
    expect(missingItems).toHaveLength(19);
    expect(missingItems.at(-1)).toMatchObject({ bound: 1_800, at: now - minuteMs });
    expect(minuteSamples(ages, { now, elapsedMinutes: null, lastAt: now - 2 * minuteMs })).toHaveLength(1);
  });

  it("counts at most a week without a process", () => {
    const samples = minuteSamples(ages, { now, elapsedMinutes: null, lastAt: 0 });
    expect(samples).toHaveLength(7 * 1_440);
    expect(samples.at(-2)?.bound).toBe(unboundedSeconds);
  });
});
