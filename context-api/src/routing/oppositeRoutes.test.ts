import type { EventInput } from "@sidelight/model/records.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { until } from "@sidelight/test-support/until.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listAlerts } from "../store/tables/alerts.ts";
import {
  bench,
  change,
  copyRoute,
  nextNumber,
  pull,
  recordOf,
  report,
  reset,
  type Side,
  settled,
  start,
  useEchoBench,
} from "./testEchoes.ts";

const clock = manualClock(Date.parse("2026-11-21T12:00:00Z"));
useEchoBench({ clock, until });

describe("two opposite routes", () => {
  const fieldNames = ["name", "stage", "nextStep"] as const;
  const expressions = (field: string) => [`record.${field}`, `$uppercase(record.${field})`, `record.${field} & "!"`, '"fixed"'];
  const arbitraryRoutes = fc.record({
    left: fc.record({ field: fc.constantFrom(...fieldNames), expression: fc.nat(3) }),
    right: fc.record({ field: fc.constantFrom(...fieldNames), expression: fc.nat(3) }),
    changes: fc.array(
      fc.record({
        side: fc.constantFrom<Side>("left", "right"),
        field: fc.constantFrom(...fieldNames),
        value: fc.constantFrom("a", "B", "3.50", " c ", "2026-11-21", "x;y"),
        pulls: fc.array(fc.constantFrom<Side>("left", "right"), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  });

  it("do not cause each other, whatever they map and change", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRoutes, async ({ left, right, changes }) => {
        await reset();
        bench.normalize = (value) => (typeof value === "string" ? value.trim() : value);
        await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
        start([
          copyRoute("left", left.field, expressions(left.field)[left.expression]),
          copyRoute("right", right.field, expressions(right.field)[right.expression]),
        ]);
        for (const { side, field, value, pulls } of changes) {
          await change(`${side}.deal:1`, { [field]: value });
          await settled();
          for (const pulledSide of pulls) await pull(`${pulledSide}.deal:1`);
        }
        for (let round = 0; round < 6; round++) {
          await settled();
          await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
        }
        await settled();
        expect(bench.performedEffects.length).toBeLessThanOrEqual(changes.length);
      }),
      { numRuns: 15 },
    );
  });

  it("that react to a consequence of each other's writes stop after some deliveries", async () => {
    // A cohort of the platform follows a property that the other route sets and unsets.
    start([
      {
        id: "entered",
        on: "left.deal.cohort_entered",
        to: "left",
        do: "set",
        with: '{"ref": "left.deal:1", "fields": {"stage": "in"}}',
      },
      {
        id: "exited",
        on: "left.deal.cohort_left",
        to: "left",
        do: "set",
        with: '{"ref": "left.deal:1", "fields": {"stage": "out"}}',
      },
    ]);
    const membership = (changeName: string): EventInput => ({
      ...{ type: `left.deal.cohort_${changeName}`, timestamp: clock.now(), platform: "left", connection: "left", object: "deal" },
      ...{ ref: "left.deal:1", subject: "left.deal:1", sourceIds: [`cohort${nextNumber()}`], sourceEventId: null },
      ...{ interaction: null, data: {}, isEcho: false },
      record: recordOf("left.membership:1", { name: changeName }),
    });
    for (let round = 0; round < 30; round++) {
      await bench.log.commit({ events: [membership(round % 2 === 0 ? "entered" : "left")], correlationId: "hook" });
      await settled();
      clock.advance(30 * 60_000);
    }
    expect(bench.performedEffects.length).toBeGreaterThan(1);
    expect(bench.performedEffects.length).toBeLessThan(12);
    expect(await listAlerts(bench.log.store, { limit: 10, offset: 0 })).toContainEqual(
      expect.objectContaining({ kind: "route_loop" }),
    );
  });

  it("that react to an automation of the platform stop after some deliveries", async () => {
    start([
      {
        id: "react",
        on: "left.deal.field_changed",
        to: "left",
        do: "set",
        with: '{"ref": "left.deal:1", "fields": {"stage": event.data.value}}',
      },
    ]);
    for (let round = 0; round < 30; round++) {
      // The automation reacts to each write with another value of another field.
      await report("left.deal:1", "nextStep", `step ${round}`);
      await settled();
      clock.advance(2_000);
    }
    expect(bench.performedEffects.length).toBeLessThan(12);
  });

  it("do not stop a person who changes an object again and again", async () => {
    start([
      {
        id: "react",
        on: "left.deal.field_changed",
        to: "left",
        do: "set",
        with: '{"ref": "left.deal:1", "fields": {"stage": event.data.value}}',
      },
    ]);
    for (let round = 0; round < 20; round++) {
      await report("left.deal:1", "nextStep", `step ${round}`);
      await settled();
      clock.advance(5 * 60_000);
    }
    expect(bench.performedEffects.length).toBe(20);
  });
});
