import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { load } from "./support/load.ts";

type PulseModule = typeof import("../force-app/main/default/lwc/sidelightPulse/sidelightPulse.js");

describe("the pulse", () => {
  let createPulse: PulseModule["createPulse"];
  let pulse: ReturnType<PulseModule["createPulse"]>;
  const ask = vi.fn<() => Promise<boolean>>();

  beforeAll(async () => {
    ({ createPulse } = await load<PulseModule>("c/sidelightPulse"));
  }, 20_000);
  beforeEach(() => {
    vi.useFakeTimers();
    ask.mockReset().mockResolvedValue(true);
    pulse = createPulse(ask);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("beats twice a minute and more while somebody looks, and not before", async () => {
    await vi.advanceTimersByTimeAsync(120_000);
    expect(ask).not.toHaveBeenCalled();
    pulse.look(true);
    await vi.advanceTimersByTimeAsync(24_999);
    expect(ask).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(ask).toHaveBeenCalledTimes(5);
    pulse.look(false);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(ask).toHaveBeenCalledTimes(5);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits for the answer before it counts on", async () => {
    const slow = Promise.withResolvers<boolean>();
    ask.mockReturnValueOnce(slow.promise);
    pulse.look(true);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(ask).toHaveBeenCalledTimes(1);
    slow.resolve(true);
    await vi.advanceTimersByTimeAsync(25_000);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it("slows down while it fails, to five minutes, and recovers at once", async () => {
    ask.mockResolvedValue(false);
    pulse.look(true);
    const beats: number[] = [];
    ask.mockImplementation(async () => {
      beats.push(Date.now());
      return beats.length === 7;
    });
    await vi.advanceTimersByTimeAsync(30 * 60_000);
    const pauses = beats.slice(1).map((at, index) => (at - beats[index]!) / 1000);
    expect(pauses.slice(0, 7)).toEqual([50, 100, 200, 300, 300, 300, 25]);
  });

  it("is as ever again once something else went well", async () => {
    ask.mockResolvedValue(false);
    pulse.look(true);
    await vi.advanceTimersByTimeAsync(25_000 + 50_000 + 100_000);
    expect(ask).toHaveBeenCalledTimes(3);
    ask.mockResolvedValue(true);
    pulse.soon();
    await vi.advanceTimersByTimeAsync(50_000);
    expect(ask).toHaveBeenCalledTimes(5);
  });

  it("beats soon when it is told to, once however often, and counts from there", async () => {
    pulse.look(true);
    await vi.advanceTimersByTimeAsync(20_000);
    for (const ms of [50, 50, 50]) pulse.soon(ms);
    await vi.advanceTimersByTimeAsync(50);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(24_999);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ask).toHaveBeenCalledTimes(2);
    pulse.look(false);
    pulse.soon(50);
    expect(vi.getTimerCount()).toBe(0);
  });
});
