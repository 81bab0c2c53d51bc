import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { hasRedis, startRedis, type TestRedis } from "@sidelight/test-support/redis.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openSharedState } from "../redis/connection.ts";
import { type SharedState, unsharedState } from "../redis/sharedState.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { createCooldowns } from "./cooldown.ts";

let redis: TestRedis | null = null;
const open: SharedState[] = [];
beforeAll(async () => {
  redis = hasRedis ? await startRedis() : null;
});
afterAll(() => redis?.close());
afterEach(() => Promise.all(open.splice(0).map((shared) => shared.close())));

async function connect(url: string, now: () => number): Promise<SharedState> {
  const shared = await openSharedState(url, now, {
    ...{ logger: createLogger("silent"), metrics: createMetrics(), isMember: true, now },
  });
  open.push(shared);
  return shared;
}

describe.each(hasRedis ? ["without Redis", "with Redis"] : ["without Redis"])("a cooldown %s", (backEnd) => {
  const setUp = async () => {
    const clock = manualClock(1_000_000);
    const shared = redis && backEnd === "with Redis" ? await connect(redis.newDatabase(), clock.now) : unsharedState(clock.now);
    return { clock, cooldowns: createCooldowns("refresh", 30_000, { shared, clock }) };
  };

  it("runs for its time, and begins again after it", async () => {
    const { clock, cooldowns } = await setUp();
    expect(await cooldowns.begin("ada")).toBe(0);
    clock.advance(10_000);
    expect(await cooldowns.begin("ada")).toBe(20_000);
    expect(await cooldowns.begin("bob")).toBe(0);
    clock.advance(20_000);
    expect(await cooldowns.begin("ada")).toBe(0);
  });

  it("begins once for callers at the same time", async () => {
    const { cooldowns } = await setUp();
    const remaining = await Promise.all([cooldowns.begin("ada"), cooldowns.begin("ada"), cooldowns.begin("ada")]);
    expect(remaining).toEqual([0, 30_000, 30_000]);
  });

  it("ends when it is canceled", async () => {
    const { cooldowns } = await setUp();
    await cooldowns.begin("ada");
    await cooldowns.cancel("ada");
    expect(await cooldowns.begin("ada")).toBe(0);
  });

  it("is not prolonged when the system's time is set back", async () => {
    const { clock, cooldowns } = await setUp();
    await cooldowns.begin("ada");
    clock.step(-3_600_000);
    clock.advance(30_000);
    expect(await cooldowns.begin("ada")).toBe(0);
  });
});

describe.runIf(hasRedis)("a cooldown of several processes", () => {
  it("that one began holds for the others, also when Redis is lost since", async () => {
    if (!redis) throw new Error("no Redis");
    const clock = manualClock(1_000_000);
    const url = redis.newDatabase();
    const [one, two, three] = await Promise.all([connect(url, clock.now), connect(url, clock.now), connect(url, clock.now)]);
    const [first, second, third] = [one, two, three].map((shared) => createCooldowns("refresh", 30_000, { shared, clock }));
    expect(await first?.begin("ada")).toBe(0);
    clock.advance(1_000);
    expect(await second?.begin("ada")).toBe(29_000);
    await redis.stop();
    clock.advance(1_000);
    expect(await first?.begin("ada")).toBe(28_000);
    expect(await second?.begin("ada")).toBe(28_000);
    // It never read it from Redis.
    expect(await third?.begin("ada")).toBe(0);
    await redis.start();
    await until("Redis to be back", () => three.isUp());
    expect(await third?.begin("ada")).toBe(30_000);
  });
});
