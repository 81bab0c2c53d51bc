import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { health } from "../fixtures/resolved.ts";
import { reckon } from "./reckoning.ts";

const drivers: fc.Arbitrary<HealthData["drivers"]> = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom("usage_trend", "last_active", "csat", "open_tickets", "urgent_tickets", "renewal", "onboarding"),
    weight: fc.constantFrom(0.1, 0.15, 0.25),
    value: fc.nat(9),
    points: fc.integer({ min: -125, max: 125 }).map((tenths) => tenths / 10),
    cap: fc.constantFrom(null, null, 39, 64),
    link: fc.constant("#support"),
  }),
  { selector: ({ key }) => key, maxLength: 7 },
);
const ticket = { id: "1", status: "open", createdAt: "2026-11-21T09:30:00.000Z" } as const;
const ticketArbitrary = fc.option(
  fc.constantFrom("urgent" as const, "low" as const).map((priority) => ({ ...ticket, priority })),
);

const scoreOf = (list: HealthData["drivers"]): number => {
  const points = list.reduce((sum, driver) => sum + driver.points, 50);
  return Math.min(100, ...list.flatMap(({ cap }) => cap ?? []), Math.max(0, Math.round(points)));
};

describe("the reasons of a score", () => {
  it("add up to it, with whole points, whatever ticket is on screen", () => {
    fc.assert(
      fc.property(drivers, ticketArbitrary, (list, onScreen) => {
        const score = scoreOf(list);
        const { base, shown, others, ownTicket, limit } = reckon(health({ score, drivers: list }), onScreen);
        const parts = [base, ...shown.map(({ points }) => points), others.points, ownTicket ?? 0, limit];
        expect(parts.every(Number.isInteger)).toBe(true);
        expect(parts.reduce((a, b) => a + b, 0)).toBe(score);
      }),
    );
  });

  it("do not start with the absence of trouble", () => {
    const list = [
      { key: "open_tickets", weight: 0.15, value: 0, points: 21, link: "#support" },
      { key: "csat", weight: 0.15, value: 0.6, points: -6, link: "#support" },
    ];
    expect(reckon(health({ drivers: list }), null).shown.map(({ key }) => key)).toEqual(["csat", "open_tickets"]);
  });

  it("start with what limits the score", () => {
    const list = [...health().drivers, { key: "renewal", weight: 0.1, value: -20, points: -5, cap: 39, link: "#account" }];
    expect(reckon(health({ score: 39, drivers: list }), null).shown[0]).toMatchObject({ key: "renewal", cap: 39 });
  });
});
