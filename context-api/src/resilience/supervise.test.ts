import { setImmediate } from "node:timers/promises";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { describe, expect, it } from "vitest";
import { createLogger } from "../telemetry/logger.ts";
import { createSupervisor } from "./supervise.ts";

function setup() {
  const clock = manualClock(0);
  const lines: string[] = [];
  const logger = createLogger("info", { write: (line: string) => void lines.push(line) });
  return { clock, lines, stop: new AbortController(), ...createSupervisor({ clock, logger }) };
}

describe("a supervised task", () => {
  it.each<[string, () => Promise<void>]>([
    ["throws", () => Promise.reject(new Error("a bug"))],
    ["returns", () => Promise.resolve()],
  ])("is started again when it %s, and is reported until it works", async (_, end) => {
    const { clock, lines, stop, supervise, failing } = setup();
    let runs = 0;
    const supervision = supervise(
      { name: "router", tenant: "acme", run: () => (++runs < 3 ? end() : clock.sleep(1e9, stop.signal).catch(() => {})) },
      stop.signal,
    );
    await setImmediate();
    expect([runs, failing()]).toEqual([1, ["acme: router"]]);
    for (let i = 0; i < 2; i++) {
      clock.advance(2_000);
      await setImmediate();
    }
    expect([runs, failing()]).toEqual([3, ["acme: router"]]);
    clock.advance(30_000);
    expect(failing()).toEqual([]);
    expect(lines.filter((line) => line.includes("a background task ended"))).toHaveLength(2);
    stop.abort();
    await supervision;
  });

  it("ends with the signal, and is not reported then", async () => {
    const { clock, stop, lines, supervise, failing } = setup();
    const supervision = supervise(
      { name: "retention", tenant: "acme", run: () => clock.sleep(1e9, stop.signal).catch(() => {}) },
      stop.signal,
    );
    stop.abort();
    await supervision;
    expect([failing(), lines]).toEqual([[], []]);
  });
});
