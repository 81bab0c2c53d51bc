import { hasRedis, startRedis, type TestRedis } from "@sidelight/test-support/redis.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { openSharedState, redisUrl } from "./connection.ts";
import { redisScript } from "./script.ts";
import { type SharedState, unavailable, unsharedState } from "./sharedState.ts";

let redis: TestRedis;
const open: SharedState[] = [];
const logLines: string[] = [];

async function connect(url: string, isMember = true): Promise<SharedState> {
  const logger = createLogger("debug", { write: (line: string) => void logLines.push(line) });
  const shared = await openSharedState(url, Date.now, { logger, metrics: createMetrics(), isMember });
  open.push(shared);
  return shared;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((shared) => shared.close()));
  logLines.length = 0;
});

describe("the address of Redis", () => {
  it("is null when none is configured", () => expect(redisUrl({})).toBeNull());

  it.each(["redis.internal:6379", "http://user:password@redis.internal", "redis"])("refuses %s without repeating it", (url) => {
    const error = (() => {
      try {
        return redisUrl({ SIDELIGHT_REDIS_URL: url });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(String(error)).toContain("SIDELIGHT_REDIS_URL: not an address of Redis");
    expect(String(error)).not.toContain("password");
  });
});

describe("without Redis", () => {
  it("every call is unavailable, and the process counts itself", async () => {
    const shared = unsharedState(() => 7);
    expect(await shared.get("a")).toBe(unavailable);
    expect(await shared.run(redisScript("return 1"), [], [])).toBe(unavailable);
    expect([shared.isUp(), shared.members(), shared.now()]).toEqual([false, 1, 7]);
  });
});

describe.runIf(hasRedis)("shared state in Redis", () => {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());

  it("one process reads what another wrote, under a key with the prefix", async () => {
    const url = redis.newDatabase();
    const [first, second] = [await connect(url), await connect(url)];
    await first.set("a", "value", 60_000);
    expect(await second.get("a")).toEqual(Buffer.from("value"));
    expect(redis.run(url, "keys", "*a")).toBe("sidelight:a");
    expect(Number(redis.run(url, "pttl", "sidelight:a"))).toBeGreaterThan(50_000);
    expect(await second.delete("a", "b")).toBe(1);
    expect(await first.get("a")).toBeNull();
  });

  it("runs a script that Redis does not have yet, and once more after Redis forgot it", async () => {
    const url = redis.newDatabase();
    const shared = await connect(url);
    const script = redisScript("redis.call('SET', KEYS[1], ARGV[1]); return {redis.call('GET', KEYS[1]), 3}");
    expect(await shared.run(script, ["k"], ["v"])).toEqual(["v", 3]);
    redis.run(url, "script", "flush");
    expect(await shared.run(script, ["k"], ["w"])).toEqual(["w", 3]);
  });

  it("a refused command is unavailable and leaves Redis up", async () => {
    const shared = await connect(redis.newDatabase());
    expect(await shared.run(redisScript("return redis.call('LPUSH', 'x')"), [], [])).toBe(unavailable);
    expect(shared.isUp()).toBe(true);
    expect(logLines.join("")).toContain("Redis refused a command");
  });

  it("sends messages to the other processes of the same database only", async () => {
    const url = redis.newDatabase();
    const [first, second, stranger] = [await connect(url), await connect(url), await connect(redis.newDatabase())];
    const received: string[] = [];
    second.subscribe("circuits", (message) => received.push(message));
    stranger.subscribe("circuits", (message) => received.push(`stranger ${message}`));
    await until("a message", async () => {
      await first.publish("circuits", "open");
      return received.length > 0;
    });
    expect(new Set(received)).toEqual(new Set(["open"]));
  });

  it("counts the processes that live", async () => {
    const url = redis.newDatabase();
    const first = await connect(url);
    const second = await connect(url);
    await connect(url, false);
    expect(second.members()).toBe(2);
    await first.close();
    expect((await connect(url)).members()).toBe(2);
  });

  it("has the time of Redis", async () => {
    const url = redis.newDatabase();
    const shared = await connect(url);
    const [seconds] = redis.run(url, "time").split("\n");
    expect(Math.abs(shared.now() - Number(seconds) * 1_000)).toBeLessThan(5_000);
  });

  it.each([
    { outage: "stops", begin: () => redis.stop(), end: () => redis.start() },
    { outage: "hangs", begin: async () => redis.freeze(), end: async () => redis.unfreeze() },
  ])("when Redis $outage, calls are unavailable at once, and work again when it is back", async ({ begin, end }) => {
    const shared = await connect(redis.newDatabase());
    const changes: boolean[] = [];
    shared.onChange((isUp) => changes.push(isUp));
    const received: string[] = [];
    shared.subscribe("news", (message) => received.push(message));
    await begin();
    await until("the loss", async () => {
      expect(await shared.get("a")).toBe(unavailable);
      return changes.length > 0;
    });
    expect([shared.isUp(), shared.members(), changes]).toEqual([false, 1, [false]]);
    await end();
    await until("the recovery", () => shared.isUp());
    expect(changes).toEqual([false, true]);
    expect(await shared.set("a", "b", 1_000)).toBe(true);
    await shared.publish("news", "again");
    await until("a message", () => received.includes("again"));
    expect(logLines.filter((line) => line.includes("Redis is lost"))).toHaveLength(1);
    expect(logLines.filter((line) => line.includes("Redis is back"))).toHaveLength(1);
  });

  it("starts without Redis, and writes no password to its log", async () => {
    await redis.stop();
    const shared = await connect(`redis://user:the-password@127.0.0.1:${redis.port}/1`);
    expect(await shared.get("a")).toBe(unavailable);
    expect(logLines.join("")).toContain("Redis is lost");
    await redis.start();
    // Redis refuses the user.
    await until("the refusal", () => logLines.length > 0);
    expect(logLines.join("")).not.toContain("the-password");
  });
});
