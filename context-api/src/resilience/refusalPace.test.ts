import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { describe, expect, it } from "vitest";
import { createRefusalPace } from "./refusalPace.ts";

async function refusalsOf(pace: (name: string) => Promise<void>, name: string, count: number) {
  const sent = { count: 0 };
  for (let i = 0; i < count; i++) void pace(name).then(() => sent.count++);
  await new Promise(setImmediate);
  return sent;
}

describe("the pace of refusals", () => {
  it("sends the first twenty at once, and then a hundred a second", async () => {
    const clock = manualClock(0);
    const pace = createRefusalPace(clock);
    const sent = await refusalsOf(pace, "flood", 100);
    expect(sent.count).toBe(20);
    clock.advance(100);
    await new Promise(setImmediate);
    expect(sent.count).toBe(30);
    clock.advance(700);
    await new Promise(setImmediate);
    expect(sent.count).toBe(100);
  });

  it("does not delay those of another name, or of a client that paused", async () => {
    const clock = manualClock(0);
    const pace = createRefusalPace(clock);
    await refusalsOf(pace, "flood", 100);
    expect((await refusalsOf(pace, "quiet", 5)).count).toBe(5);
    clock.advance(2_000);
    await new Promise(setImmediate);
    expect((await refusalsOf(pace, "flood", 5)).count).toBe(5);
  });

  it("keeps no sender waiting longer than a second", async () => {
    const clock = manualClock(0);
    const sent = await refusalsOf(createRefusalPace(clock), "flood", 10_000);
    clock.advance(1_000);
    await new Promise(setImmediate);
    expect(sent.count).toBe(10_000);
  });
});
