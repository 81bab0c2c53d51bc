import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { sharesEventCounts } from "../store/tables/eventCounts.ts";
import { monthlyUse, openMonthlyCap } from "./monthlyCap.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const november = Date.parse("2026-11-20T12:00:00Z");
const targetWith = (limit: number): Connection =>
  ({ id: "product", monthlyCap: { limit, timeZone: "UTC" } }) as unknown as Connection;

describe("the monthly cap of one connection", () => {
  const processes = (log: TenantLog) => (sharesEventCounts(log.store) ? 3 : 1);

  it("admits exactly what fits, however many processes count at the same time", async () => {
    const counts = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), counts, async (limit, requested) => {
        const log = await logs.newLog(() => november);
        const deps = { log, clock: { now: () => november }, target: targetWith(limit) };
        const caps = Array.from({ length: processes(log) }, () => openMonthlyCap(deps)!);
        const reservations = await Promise.all(requested.map((count, n) => caps[n % caps.length]!.reserve(count)));
        const admitted = reservations.reduce((sum, reservation) => sum + reservation.admitted, 0);
        const total = requested.reduce((sum, count) => sum + count, 0);
        expect(admitted).toBe(Math.min(limit, total));
        expect((await monthlyUse(deps))!.sent).toBe(admitted);
      }),
      { numRuns: 10 },
    );
  });

  it("begins again with the next month", async () => {
    const log = await logs.newLog(() => november);
    let now = november;
    const cap = openMonthlyCap({ log, clock: { now: () => now }, target: targetWith(10) })!;
    expect(await cap.reserve(12)).toEqual({ admitted: 10, monthEndsAt: Date.parse("2026-12-01T00:00:00Z") });
    expect((await cap.reserve(1)).admitted).toBe(0);
    now = Date.parse("2026-12-01T00:00:00Z");
    expect((await cap.reserve(4)).admitted).toBe(4);
  });
});
