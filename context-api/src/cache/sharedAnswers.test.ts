import { hasRedis } from "@sidelight/test-support/redis.ts";
import { until } from "@sidelight/test-support/until.ts";
import { describe, expect, it } from "vitest";
import { unsharedState } from "../redis/sharedState.ts";
import { testSharedStates } from "../redis/testSharedStates.ts";
import { keyedHash, newKey } from "../security/seal.ts";
import type { CachedAnswer } from "./answerCache.ts";
import { createSharedAnswers, type SharedAnswers, type SharedAnswersLog } from "./sharedAnswers.ts";

const [key, indexKey] = [newKey(), newKey()];

/** One tenant's log as one process follows it. */
function followedLog(options: Partial<SharedAnswersLog> = {}) {
  const invalidations = new Map<string, number>();
  let generation = 10;
  return {
    tenant: "acme",
    keys: { key },
    lineage: "shared",
    identifier: (kind: string, value: string) => keyedHash(indexKey, `${kind}\n${value}`),
    generation: () => generation,
    invalidatedAt: (dependency: string) => invalidations.get(dependency) ?? 3,
    follow(nextGeneration: number, ...dependencies: string[]) {
      generation = nextGeneration;
      for (const dependency of dependencies) invalidations.set(dependency, nextGeneration);
    },
    ...options,
  };
}

const answerOf = (options: Partial<CachedAnswer> = {}): CachedAnswer => ({
  body: Buffer.from('{"name":"Ada"}'),
  etag: '"e"',
  subject: "node-1",
  generation: 10,
  dependencies: new Set(["node-1", "connection:zendesk"]),
  readAt: Date.now(),
  ttlMs: 60_000,
  validUntil: Date.now() + 600_000,
  ...options,
});

it("without Redis, there is no shared answer", async () => {
  const answers = createSharedAnswers({ shared: unsharedState(Date.now), log: followedLog(), now: Date.now });
  answers.set("a", answerOf());
  answers.removeSubjects(["node-1"]);
  expect(await answers.get("a")).toBeNull();
});

describe.runIf(hasRedis)("answers in Redis", () => {
  const states = testSharedStates();

  async function newProcess(
    log = followedLog(),
    now = Date.now,
  ): Promise<{ log: typeof log; answers: SharedAnswers; errors: () => number }> {
    const shared = await states.connect();
    let errors = 0;
    const onError = () => {
      errors += 1;
    };
    return { log, answers: createSharedAnswers({ shared, log, now, onError }), errors: () => errors };
  }
  const stored = (count: number) => until(`${count} keys`, () => Number(states.server().run(states.url(), "dbsize")) === count);

  it("another process gets the answer of one", async () => {
    const [first, second] = [await newProcess(), await newProcess()];
    const answer = answerOf();
    first.answers.set("a", answer);
    await stored(3);
    const sharedAnswer = await second.answers.get("a");
    expect(sharedAnswer).toMatchObject({ etag: '"e"', subject: "node-1", generation: 10, ttlMs: 60_000 });
    expect(sharedAnswer?.body.toString()).toBe('{"name":"Ada"}');
    expect(sharedAnswer?.dependencies).toEqual(answer.dependencies);
    expect(Math.abs((sharedAnswer?.validUntil ?? 0) - answer.validUntil)).toBeLessThan(2_000);
    expect(await second.answers.get("b")).toBeNull();
  });

  it("keeps no readable value and no readable key", async () => {
    const { answers } = await newProcess();
    answers.set("email:ada@example.com", answerOf({ body: Buffer.from('{"name":"Ada Lovelace"}') }));
    await stored(3);
    const keys = states.server().run(states.url(), "--no-raw", "keys", "*");
    const values = states
      .server()
      .run(states.url(), "--no-raw", "eval", "return redis.call('GET', redis.call('KEYS', '*answer:*')[1])", "0");
    for (const text of [keys, values]) {
      expect(text).not.toMatch(/ada@|lovelace/i);
      expect(text).not.toContain("acme");
    }
  });

  it.each([
    {
      situation: "a dependency was invalidated since",
      change: (log: ReturnType<typeof followedLog>) => log.follow(12, "node-1"),
    },
    { situation: "this process has not followed that far", change: (log: ReturnType<typeof followedLog>) => log.follow(9) },
  ])("does not return an answer when $situation", async ({ change }) => {
    const [first, second] = [await newProcess(), await newProcess()];
    first.answers.set("a", answerOf());
    await stored(3);
    change(second.log);
    expect(await second.answers.get("a")).toBeNull();
  });

  it("returns an answer after invalidations of others", async () => {
    const [first, second] = [await newProcess(), await newProcess()];
    first.answers.set("a", answerOf());
    await stored(3);
    second.log.follow(12, "node-2");
    expect(await second.answers.get("a")).not.toBeNull();
  });

  it("does not return an answer that is older than the invalidations that this process holds", async () => {
    const [first, second] = [await newProcess(), await newProcess()];
    first.answers.set("a", answerOf({ generation: 2 }));
    await stored(3);
    expect(await second.answers.get("a")).toBeNull();
  });

  it.each([
    { what: "another tenant's key", options: { keys: { key: newKey() } } },
    { what: "another tenant", options: { tenant: "globex" } },
    { what: "another lineage of generations", options: { lineage: "other" } },
  ])("does not open an answer with $what", async ({ options }) => {
    const [first, second] = [await newProcess(), await newProcess(followedLog(options))];
    first.answers.set("a", answerOf());
    await stored(3);
    expect(await second.answers.get("a")).toBeNull();
  });

  it("removes all answers about a customer", async () => {
    const [first, second] = [await newProcess(), await newProcess()];
    first.answers.set("a", answerOf());
    first.answers.set("b", answerOf());
    first.answers.set("c", answerOf({ subject: "node-2" }));
    first.answers.set("d", answerOf({ subject: null }));
    // Four answers, two customers and the members.
    await stored(7);
    second.answers.removeSubjects(["node-1", "node-3"]);
    await stored(4);
    expect(await second.answers.get("a")).toBeNull();
    expect(await second.answers.get("c")).not.toBeNull();
  });

  it("does not keep an answer that ends at once, or that is very large", async () => {
    const { answers } = await newProcess();
    answers.set("a", answerOf({ validUntil: Date.now() + 1_000 }));
    answers.set("b", answerOf({ body: Buffer.alloc(300_000) }));
    answers.set("c", answerOf({ subject: null }));
    await stored(2);
    expect(await answers.get("c")).not.toBeNull();
  });

  it("a process whose clock is an hour off returns an answer no longer than its validity", async () => {
    const first = await newProcess();
    const hourAhead = await newProcess(followedLog(), () => Date.now() + 3_600_000);
    const hourBehind = await newProcess(followedLog(), () => Date.now() - 3_600_000);
    first.answers.set("a", answerOf({ validUntil: Date.now() + 60_000 }));
    await stored(3);
    expect(await hourAhead.answers.get("a")).toBeNull();
    const answer = await hourBehind.answers.get("a");
    expect(answer?.validUntil).toBeLessThanOrEqual(Date.now() - 3_600_000 + 60_000);
  });

  it("forgets answers when Redis was restarted, and goes on", async () => {
    const { answers, errors } = await newProcess();
    answers.set("a", answerOf());
    await stored(3);
    states.server().freeze();
    expect(await answers.get("a")).toBeNull();
    expect(errors()).toBe(1);
    states.server().unfreeze();
    await until("Redis to be back", async () => (await answers.get("a")) !== null);
    await states.server().stop();
    expect(await answers.get("a")).toBeNull();
    await states.server().start();
    await until("a shared answer", async () => {
      answers.set("b", answerOf());
      return (await answers.get("b")) !== null;
    });
    expect(await answers.get("a")).toBeNull();
  });
});
