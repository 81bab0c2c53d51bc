import { setImmediate } from "node:timers/promises";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { describe, expect, it } from "vitest";
import { rightsOf } from "../../security/roles.ts";
import type { Actor } from "../actor.ts";
import { createStreamEnds } from "./streamEnds.ts";

const actor = (keyId: string, expiresAt: number | null = null): Actor => ({
  tenant: "acme",
  role: "agent",
  rights: rightsOf("agent"),
  keyId,
  expiresAt,
  sessionRef: null,
  person: null,
});

function setup() {
  const clock = manualClock(1_000_000);
  const revokedKeys = new Set<string>();
  const store = { fails: false };
  const ends = createStreamEnds(async ({ keyId }) => {
    if (store.fails) throw new Error("the store is lost");
    return !revokedKeys.has(keyId);
  }, clock);
  const pass = async (ms: number) => {
    for (let elapsedMs = 0; elapsedMs < ms; elapsedMs += 500) {
      clock.advance(500);
      await setImmediate();
    }
  };
  return { clock, revokedKeys, store, ends, pass };
}

describe("an open stream", () => {
  it("ends within a second after its key was revoked, and streams of other keys go on", async () => {
    const { revokedKeys, ends, pass } = setup();
    const [first, second, third] = [ends.open(actor("a")), ends.open(actor("a")), ends.open(actor("b"))];
    await pass(2_000);
    revokedKeys.add("a");
    await pass(1_000);
    expect([first, second, third].map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
  });

  it("ends when its key or its session expires, also when the clock is set back", async () => {
    const { clock, ends, pass } = setup();
    const stream = ends.open(actor("a", clock.now() + 10_000));
    clock.step(-86_400_000);
    await pass(9_500);
    expect(stream.signal.aborted).toBe(false);
    await pass(500);
    expect(stream.signal.aborted).toBe(true);
  });

  it("ends after an hour at the latest, and not together with those that began with it", async () => {
    const { ends, pass } = setup();
    const streams = Array.from({ length: 50 }, () => ends.open(actor("a")));
    const openStreams = () => streams.filter(({ signal }) => !signal.aborted).length;
    await pass(30 * 60_000 - 500);
    expect(openStreams()).toBe(50);
    await pass(15 * 60_000);
    expect(openStreams()).toBeGreaterThan(0);
    expect(openStreams()).toBeLessThan(50);
    await pass(15 * 60_000);
    expect(openStreams()).toBe(0);
  });

  it("goes on while the store cannot be read", async () => {
    const { store, ends, pass } = setup();
    const stream = ends.open(actor("a"));
    store.fails = true;
    await pass(5_000);
    expect(stream.signal.aborted).toBe(false);
  });

  it("is counted until it is closed, and nothing is checked without streams", () => {
    const { clock, ends } = setup();
    const streams = [ends.open(actor("a")), ends.open(actor("b"))];
    expect([ends.count(), clock.sleepers]).toEqual([2, 1]);
    for (const { close } of streams) close();
    expect([ends.count(), clock.sleepers]).toEqual([0, 0]);
    ends.open(actor("a"));
    expect(clock.sleepers).toBe(1);
  });
});
