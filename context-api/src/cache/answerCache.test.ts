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
    cache.set("a", cachedAnswer);
    events.invalidate("person:2");
    expect(cache.get("a", events)).toBe(cachedAnswer);
    events.invalidate("person:1");
    expect(cache.get("a", events)).toBeNull();
  });

  it("does not return an answer that was read before the invalidation and stored after it", () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    const generation = events.generation();
    events.invalidate("zendesk");
    cache.set("a", answer(generation));
    expect(cache.get("a", events)).toBeNull();
  });

  it("returns an answer only before the end of its validity", () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    cache.set("a", answer(events.generation()));
    clock.advance(99);
    expect(cache.get("a", events)).not.toBeNull();
    clock.advance(1);
    expect(cache.get("a", events)).toBeNull();
  });

  it("prolongs no answer when the system's time is set back", () => {
    const [cache, events] = [createAnswerCache(clock), log()];
    cache.set("a", answer(events.generation()));
    clock.step(-86_400_000);
    clock.advance(99);
    expect(cache.get("a", events)).not.toBeNull();
    clock.advance(1);
    expect(cache.get("a", events)).toBeNull();
  });

  it("drops the least recently used answers above its size", () => {
    const [cache, events] = [createAnswerCache(clock, 2_000), log()];
    for (const key of ["a", "b", "c"]) cache.set(key, answer(events.generation(), 500));
    expect(["a", "b", "c"].map((key) => cache.get(key, events) !== null)).toEqual([false, true, true]);
  });
});
