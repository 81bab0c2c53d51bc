import { type Clock, systemClock } from "@sidelight/model/clock.ts";
import type { Quota } from "@sidelight/platform-kit/rateLimit.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { hasRedis } from "@sidelight/test-support/redis.ts";
import { until } from "@sidelight/test-support/until.ts";
import { describe, expect, it } from "vitest";
import type { SharedState } from "../../redis/sharedState.ts";
import { testSharedStates } from "../../redis/testSharedStates.ts";
import { createRateLimiter } from "../rateLimiter.ts";
import { createSharedRequestLimit } from "../sharedRequestLimit.ts";
import { openRedisQuotas } from "./redisQuotas.ts";

const neverAborted = new AbortController().signal;

describe.runIf(hasRedis)("quotas that processes share in Redis", () => {
  const states = testSharedStates();

  /** Each process has its own connection. */
  async function connect(count: number): Promise<SharedState[]> {
    const processes = await Promise.all(Array.from({ length: count }, () => states.connect()));
    await until("all members", () => processes.every((shared) => shared.members() === count));
    return processes;
  }

  const limitersOf = (processes: readonly SharedState[], quota: Quota, clock: Clock = systemClock) =>
    processes.map((shared) => createRateLimiter({ core: quota }, clock, openRedisQuotas(shared, clock).of("acme", "zendesk")));

  /** How many of the calls are admitted at once. */
  async function admitted(limiters: ReturnType<typeof limitersOf>, calls: number): Promise<number> {
    const results = await Promise.allSettled(
      Array.from({ length: calls }, (_, i) => limiters[i % limiters.length]?.acquire("interactive", "core", neverAborted)),
    );
    return results.filter(({ status }) => status === "fulfilled").length;
  }

  it("admit exactly the limit, however many processes call at once", async () => {
    const limiters = limitersOf(await connect(4), { limit: 60, windowMs: 3_600_000, unreserved: true });
    expect(await admitted(limiters, 200)).toBe(60);
  });

  it("keep the reserves of webhooks and pulls from the interactive calls of all processes", async () => {
    const limiters = limitersOf(await connect(3), { limit: 60, windowMs: 3_600_000 });
    expect(await admitted(limiters, 100)).toBe(48);
    await limiters[1]?.acquire("webhook", "core", neverAborted);
    await limiters[2]?.acquire("sync", "core", neverAborted);
  });

  /** Resolves when every process has received all messages that were published before. */
  async function messagesReceived(processes: readonly SharedState[]): Promise<void> {
    let count = 0;
    for (const shared of processes)
      shared.subscribe("marker", () => {
        count += 1;
      });
    await processes[0]?.publish("marker", "");
    await until("the messages", () => count === processes.length);
  }

  it("use exactly the limit together when Redis is lost and comes back empty", async () => {
    const processes = await connect(2);
    let skippedMs = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skippedMs };
    const limiters = limitersOf(processes, { limit: 60, windowMs: 3_600_000, unreserved: true }, clock);
    const first = await admitted(limiters, 20);
    await messagesReceived(processes);
    await Promise.all(limiters.map((limiter) => limiter.refresh()));
    await states.server().stop();
    await until("the loss of Redis", () => processes.every((shared) => !shared.isUp()));
    const alone = await admitted(limiters, 100);
    // Each has half of the 40 that were left.
    expect([first, alone]).toEqual([20, 40]);
    await states.server().start();
    await until("the return of Redis", () => processes.every((shared) => shared.isUp()));
    expect(await admitted(limiters, 20)).toBe(0);
    // Redis is used again when all processes have written what they used.
    skippedMs = 5_000;
    await Promise.all(limiters.map((limiter) => limiter.refresh()));
    expect(await admitted(limiters, 20)).toBe(0);
  });

  it("a limit of requests counts those of all processes, and hardly any call waits for Redis", async () => {
    const clock = manualClock(0);
    const processes = await connect(3);
    const limits = processes.map((shared) => createSharedRequestLimit({ kind: "test", limit: 600, shared, clock }));
    let allowed = 0;
    let immediate = 0;
    for (let i = 0; i < 900; i++) {
      const limit = limits[i % limits.length];
      if (limit?.tryTake("acme.key")) immediate += 1;
      else if (!(await limit?.take("acme.key"))?.isAllowed) continue;
      allowed += 1;
    }
    // A minute may end between two of them.
    expect(allowed % 600).toBeLessThanOrEqual(300);
    expect(allowed).toBeGreaterThanOrEqual(588);
    expect(immediate / allowed).toBeGreaterThan(0.6);
  });
});
