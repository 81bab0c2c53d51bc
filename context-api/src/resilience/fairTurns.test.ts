import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFairTurns } from "./fairTurns.ts";

/** Turns of the event loop that the test makes. */
function openTurns() {
  const pending: (() => void)[] = [];
  const takeTurn = createFairTurns((run) => void pending.push(run));
  const started: string[] = [];
  return {
    started,
    submit: (name: string) => void takeTurn(name).then(() => started.push(name)),
    async turn() {
      for (const run of pending.splice(0)) run();
      await new Promise(setImmediate);
    },
    hasPending: () => pending.length > 0,
  };
}

describe("fair turns", () => {
  it("start a single work at once", async () => {
    const { submit, started } = openTurns();
    submit("a");
    await Promise.resolve();
    expect(started).toEqual(["a"]);
  });

  it("let a name that was not served before start next, however many works of another name wait", async () => {
    const { submit, started, turn } = openTurns();
    for (let i = 0; i < 1_000; i++) submit("flood");
    for (let i = 0; i < 3; i++) await turn();
    submit("quiet");
    await turn();
    expect(started).toEqual(["flood", "flood", "flood", "flood", "quiet"]);
  });

  it("start every work once, one in a turn, each name in the order of its calls and in turn with the others", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 }), async (names) => {
        const { submit, started, turn, hasPending } = openTurns();
        for (const name of names) submit(name);
        for (let turns = 1; hasPending(); turns++) {
          await turn();
          expect(started.length).toBeLessThanOrEqual(turns + 1);
        }
        expect([...started].sort()).toEqual([...names].sort());
        // While two names wait, neither is served twice before the other.
        for (const [i, name] of started.entries()) {
          const previous = started.slice(0, i).lastIndexOf(name);
          const between = new Set(started.slice(previous + 1, i));
          const waiting = new Set(started.slice(i + 1));
          if (previous >= 0) for (const other of waiting) if (other !== name) expect(between).toContain(other);
        }
      }),
    );
  });
});
