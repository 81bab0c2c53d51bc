import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { hasRedis } from "@sidelight/test-support/redis.ts";
import { until } from "@sidelight/test-support/until.ts";
import { describe, expect, it } from "vitest";
import { unsharedState } from "../redis/sharedState.ts";
import { testSharedStates } from "../redis/testSharedStates.ts";
import { createCooldowns } from "./cooldown.ts";

const states = hasRedis ? testSharedStates() : null;

describe.each(hasRedis ? ["without Redis", "with Redis"] : ["without Redis"])("a cooldown %s", (backEnd) => {
  const setUp = async () => {
    const clock = manualClock(1_000_000);
    const shared = states && backEnd === "with Redis" ? await states.connect(clock.now) : unsharedState(clock.now);
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
    if (!states) throw new Error("no Redis");
    const clock = manualClock(1_000_000);
    const connect = () => states.connect(clock.now);
    const [one, two, three] = await Promise.all([connect(), connect(), connect()]);
    const [first, second, third] = [one, two, three].map((shared) => createCooldowns("refresh", 30_000, { shared, clock }));
    expect(await first?.begin("ada")).toBe(0);
    clock.advance(1_000);
    expect(await second?.begin("ada")).toBe(29_000);
    await states.server().stop();
    clock.advance(1_000);
    expect(await first?.begin("ada")).toBe(28_000);
    expect(await second?.begin("ada")).toBe(28_000);
    // It never read it from Redis.
    expect(await third?.begin("ada")).toBe(0);
    await states.server().start();
    await until("Redis to be back", () => three.isUp());
    expect(await third?.begin("ada")).toBe(30_000);
  });
});
