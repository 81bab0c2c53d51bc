import { hasRedis, startRedis, type TestRedis } from "@sidelight/test-support/redis.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSharedState } from "../../redis/connection.ts";
import type { SharedState } from "../../redis/sharedState.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { emptyWindow, updateWindow, type WindowRequest } from "./window.ts";
import { windowScript } from "./windowScript.ts";

const owner = fc.constantFrom("a", "b", "c");
const part = fc.oneof(
  { weight: 6, arbitrary: fc.record({ take: fc.record({ position: fc.nat(5), count: fc.integer({ min: 1, max: 9 }) }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      report: fc.record({
        limit: fc.integer({ min: 1, max: 60 }),
        remaining: fc.nat(30),
        lifetimeMs: fc.integer({ min: 1, max: 9_000 }),
      }),
    }),
  },
  fc.record({ blockedMs: fc.nat(3_000) }),
  fc.record({ isReleased: fc.constant(true) }),
  fc.record({ replaced: fc.constant([1_800_000_000_000, 4, 2, 1_800_000_000_400, 0, 1]) }),
  fc.record({}),
);
/** The clock may be set back. */
const step = fc.record({ owner, part, waitMs: fc.integer({ min: -9_000, max: 4_000 }), returnsLast: fc.boolean() });
const terms = fc.record(
  {
    limit: fc.integer({ min: 1, max: 40 }),
    windowMs: fc.constant(10_000),
    stepMs: fc.constantFrom(1, 39),
    leaseMs: fc.constantFrom(0, 39),
    unreserved: fc.constant(true),
  },
  { requiredKeys: ["limit", "windowMs", "stepMs", "leaseMs"] },
);

describe.runIf(hasRedis)("the script of a quota's window", () => {
  let redis: TestRedis;
  let shared: SharedState;
  beforeAll(async () => {
    redis = await startRedis();
    const logger = createLogger("error");
    shared = await openSharedState(redis.newDatabase(), Date.now, { logger, metrics: createMetrics(), isMember: true });
  });
  afterAll(async () => {
    await shared.close();
    await redis.close();
  });

  it("decides as the window in memory does, whatever is requested in whatever order", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(terms, fc.array(step, { minLength: 1, maxLength: 25 }), async (windowTerms, steps) => {
        const key = `window:${++run}`;
        const state = emptyWindow();
        let now = 1_800_000_000_000;
        let last: WindowRequest["returned"] = [];
        for (const { owner, part, waitMs, returnsLast } of steps) {
          now += waitMs;
          const request: WindowRequest = { owner, terms: windowTerms, ...part, returned: returnsLast ? last : [] };
          const inMemory = JSON.parse(JSON.stringify(updateWindow(state, request, now)));
          const inRedis = JSON.parse(String(await shared.run(windowScript, [key], [JSON.stringify(request), now])));
          last = inMemory.granted ? [inMemory.granted] : [];
          for (const member of ["granted", "freeAt", "report"]) inMemory[member] ??= undefined;
          expect(inRedis).toEqual(inMemory);
        }
      }),
      { numRuns: 150 },
    );
  });
});
