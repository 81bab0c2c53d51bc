import { describe, expect, it } from "vitest";
import type { ApiClient, SeenContext } from "./client.ts";
import { checkResolution, type Readiness, type WaitOptions, waitFor } from "./readiness.ts";

/** Waits on a clock that moves only when the code sleeps. */
function open(hasEnded: () => boolean = () => false) {
  let time = 0;
  const updates: string[] = [];
  const options: WaitOptions = {
    progress: { step: () => {}, update: (text, percent) => void updates.push(`${text} ${percent}`), end: () => {} },
    signal: new AbortController().signal,
    hasEnded,
    now: () => time,
    sleep: async (ms) => {
      time += ms;
    },
  };
  return { options, updates, elapsed: () => time };
}

const notReady = (percent: number): Readiness => ({ isReady: false, waitingFor: "acme/zendesk", percent });

describe("waiting until the lab is ready", () => {
  it("ends as soon as the check is ready", async () => {
    const { options, elapsed } = open();
    let checks = 0;
    await waitFor("Filling", async () => ({ ...notReady(10 * checks), isReady: ++checks === 4 }), options);
    expect([checks, elapsed()]).toEqual([4, 1_500]);
  });

  it("says what it waits for when nothing moves for a moment", async () => {
    const { options, updates } = open();
    let checks = 0;
    await waitFor("Filling", async () => ({ ...notReady(50), isReady: ++checks === 10 }), options);
    expect(updates[0]).toBe("Filling: 50");
    expect(updates.at(-1)).toBe("Filling, waiting for acme/zendesk: 50");
  });

  it("ends with the reason after five minutes without progress", async () => {
    const { options, elapsed } = open();
    await expect(waitFor("Filling", async () => notReady(50), options)).rejects.toThrow(
      "Not ready: no progress for five minutes. Waiting for acme/zendesk.",
    );
    expect(elapsed()).toBeGreaterThan(300_000);
    expect(elapsed()).toBeLessThan(302_000);
  });

  it("waits for longer than five minutes while there is progress", async () => {
    const { options, elapsed } = open();
    let checks = 0;
    await waitFor("Filling", async () => ({ ...notReady(checks / 10), isReady: ++checks === 990 }), options);
    expect(elapsed()).toBeGreaterThan(300_000);
  });

  it("ends when the API has ended", async () => {
    const { options } = open(() => true);
    await expect(waitFor("Filling", async () => notReady(1), options)).rejects.toThrow("The context API has ended.");
    await expect(waitFor("Filling", () => Promise.reject(new Error("fetch failed")), options)).rejects.toThrow("has ended");
  });
});

describe("the examples", () => {
  it("names those that do not resolve", async () => {
    const contexts = async (refs: string[]) =>
      refs.map((ref) => ({ ref, match: { state: ref === "email:a@b.example" ? "none" : "resolved" } }) as SeenContext);
    const client = { contexts } as ApiClient;
    expect(await checkResolution(client, ["zendesk.ticket:1", "email:a@b.example"])).toEqual({
      isReady: false,
      waitingFor: "email:a@b.example (none) to resolve",
      percent: 50,
    });
    expect((await checkResolution(client, ["zendesk.ticket:1"])).isReady).toBe(true);
  });
});
