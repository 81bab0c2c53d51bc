import { type ManualClock, manualClock } from "@sidelight/test-support/manualClock.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { createAnswerCache, type Invalidations } from "./answerCache.ts";

function log(): Invalidations & { invalidate(dependency: string): void } {
  let generation = 1;
  const generations = new Map<string, number>();
  return {
    generation: () => generation,
    invalidatedAt: (dependency) => generations.get(dependency) ?? 0,
    invalidate(dependency) {
      generation += 1;
      generations.set(dependency, generation);
    },
  };
}
const answer = (generation: number, bytes = 10) => ({
  body: Buffer.alloc(bytes),
  etag: '"e"',
  generation,
  dependencies: new Set(["person:1", "zendesk"]),
  subject: "person:1",
  readAt: clock.now(),
  ttlMs: 1_000,
  validUntil: 100,
});

let clock: ManualClock;
beforeEach(() => {
  clock = manualClock(0);
});

describe("the answer cache", () => {
  it("returns an answer until one of its dependencies is invalidated", () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    const cachedAnswer = answer(events.generation());
    cache.set("a", cachedAnswer, async () => {});
    events.invalidate("person:2");
    expect(cache.get("a", events)).toBe(cachedAnswer);
    events.invalidate("person:1");
    expect(cache.get("a", events)).toBeNull();
  });

  it("does not return an answer that was read before the invalidation and stored after it", () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    const generation = events.generation();
    events.invalidate("zendesk");
    cache.set("a", answer(generation), async () => {});
    expect(cache.get("a", events)).toBeNull();
  });

  it("returns an answer only before the end of its validity", () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    cache.set("a", answer(events.generation()), async () => {});
    clock.advance(99);
    expect(cache.get("a", events)).not.toBeNull();
    clock.advance(1);
    expect(cache.get("a", events)).toBeNull();
  });

  it("prolongs no answer when the system's time is set back", () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    cache.set("a", answer(events.generation()), async () => {});
    clock.step(-86_400_000);
    clock.advance(99);
    expect(cache.get("a", events)).not.toBeNull();
    clock.advance(1);
    expect(cache.get("a", events)).toBeNull();
  });

  it("serves an answer whose ttl has ended, and reads it again once in the background", async () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    const oldAnswer = { ...answer(events.generation()), validUntil: 10_000 };
    const newAnswer = { ...oldAnswer, readAt: 2_000 };
    const finish: (() => void)[] = [];
    const refresh = () =>
      new Promise<void>((resolve) => {
        finish.push(() => {
          cache.set("a", newAnswer, refresh);
          resolve();
        });
      });
    cache.set("a", oldAnswer, refresh);
    clock.advance(999);
    cache.get("a", events);
    expect(finish).toHaveLength(0);
    clock.advance(1_001);
    expect([cache.get("a", events), cache.get("a", events)]).toEqual([oldAnswer, oldAnswer]);
    expect(finish).toHaveLength(1);
    finish[0]?.();
    expect(cache.get("a", events)).toBe(newAnswer);
  });

  it("tries again at the next read when the background read failed", async () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    let reads = 0;
    cache.set("a", { ...answer(events.generation()), validUntil: 100_000 }, async () => {
      reads += 1;
      throw new Error("the store is lost");
    });
    clock.advance(5_000);
    expect(cache.get("a", events)).not.toBeNull();
    await Promise.resolve();
    await new Promise(setImmediate);
    expect(cache.get("a", events)).not.toBeNull();
    expect(reads).toBe(2);
  });

  it("removes the answers about a customer", () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    for (const [key, subject] of [
      ["a", "ada"],
      ["b", "ada"],
      ["c", "bob"],
      ["d", null],
    ] as const)
      cache.set(key, { ...answer(events.generation()), subject }, async () => {});
    expect(cache.removeSubjects(["ada", "eve"])).toEqual(["ada"]);
    expect(["a", "b", "c", "d"].filter((key) => cache.get(key, events))).toEqual(["c", "d"]);
    expect(cache.removeSubjects(["ada"])).toEqual([]);
    expect(cache.size()).toMatchObject({ answers: 2 });
  });

  it("drops the least recently used answers above its size", () => {
    const [cache, events] = [createAnswerCache(clock, 2_600), log()];
    for (const key of ["a", "b", "c"]) cache.set(key, answer(events.generation(), 500), async () => {});
    expect(["a", "b", "c"].map((key) => cache.get(key, events) !== null)).toEqual([false, true, true]);
  });
});
