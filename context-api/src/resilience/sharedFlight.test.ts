import { hasRedis } from "@sidelight/test-support/redis.ts";
import { until } from "@sidelight/test-support/until.ts";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type SharedState, unsharedState } from "../redis/sharedState.ts";
import { testSharedStates } from "../redis/testSharedStates.ts";
import { createSharedFlight, type SharedFlight, type SharedWork } from "./sharedFlight.ts";

let runs = 0;
let finish: (result: string) => void = () => {};
let fail: (error: Error) => void = () => {};

/** Work that ends when the test says so. */
const work = (shared: SharedState, options: Partial<SharedWork<string>> = {}): SharedWork<string> => ({
  name: "n",
  neededSince: shared.now(),
  mayReuse: true,
  run() {
    runs += 1;
    return new Promise((resolve, reject) => {
      [finish, fail] = [resolve, reject];
    });
  },
  encode: (result) => ({
    text: result.status === "fulfilled" ? result.value : `error ${(result.reason as Error).message}`,
    reusableMs: 0,
  }),
  async decode(text) {
    if (text === "unreadable") return null;
    if (text.startsWith("error ")) throw new Error(text.slice(6));
    return `${text} of another process`;
  },
  ...options,
});

beforeEach(() => {
  runs = 0;
});

it("without Redis, each process runs the work", async () => {
  const shared = unsharedState(() => 1);
  const [first, second] = [createSharedFlight(shared), createSharedFlight(shared)];
  const one = first.run(work(shared));
  await until("the first run", () => runs === 1);
  finish("1");
  const two = second.run(work(shared));
  await until("the second run", () => runs === 2);
  finish("2");
  expect([await one, await two, runs]).toEqual(["1", "2", 2]);
});

describe.runIf(hasRedis)("work of several processes", () => {
  const states = testSharedStates();

  async function newProcess(): Promise<{ shared: SharedState; flight: SharedFlight }> {
    const shared = await states.connect();
    return { shared, flight: createSharedFlight(shared) };
  }
  const started = () => until("the work to start", () => runs > 0);
  const hasKey = (key: string) => states.server().run(states.url(), "exists", `sidelight:${key}`) === "1";

  it("runs in one of them, and the others get its result", async () => {
    const processes = await Promise.all([newProcess(), newProcess(), newProcess(), newProcess()]);
    const results = processes.map(({ shared, flight }) => flight.run(work(shared)));
    await started();
    finish("result");
    const texts = (await Promise.all(results)).sort();
    expect(texts).toEqual(["result", ...Array.from({ length: 3 }, () => "result of another process")]);
    expect(runs).toBe(1);
  });

  it("gives the failure to the others", async () => {
    const [one, two] = [await newProcess(), await newProcess()];
    const first = one.flight.run(work(one.shared));
    await started();
    const steps = vi.spyOn(two.shared, "run");
    const second = two.flight.run(work(two.shared));
    await until("the first step of the second process", () => steps.mock.results.length > 0);
    expect(await steps.mock.results[0]?.value).toEqual(["wait"]);
    fail(new Error("out"));
    await expect(first).rejects.toThrow("out");
    await expect(second).rejects.toThrow("out");
    expect(runs).toBe(1);
  });

  it("a process that needed it before its end gets the result although it looks after the end", async () => {
    const [one, two] = [await newProcess(), await newProcess()];
    const late = work(two.shared, { mayReuse: false });
    const first = one.flight.run(work(one.shared));
    await started();
    finish("result");
    await first;
    await until("the result in Redis", () => hasKey("flight-result:n"));
    expect(await two.flight.run(late)).toBe("result of another process");
  });

  it.each([
    { reusableMs: 60_000, mayReuse: true, isReused: true },
    { reusableMs: 60_000, mayReuse: false, isReused: false },
    { reusableMs: 0, mayReuse: true, isReused: false },
  ])("a later need finds a result that is reusable for $reusableMs ms: $isReused", async ({ reusableMs, mayReuse, isReused }) => {
    const [one, two] = [await newProcess(), await newProcess()];
    const first = one.flight.run(work(one.shared, { encode: () => ({ text: "result", reusableMs }) }));
    await started();
    finish("result");
    await first;
    await until("the result in Redis", () => hasKey("flight-result:n"));
    const second = two.flight.run(work(two.shared, { mayReuse, neededSince: two.shared.now() + 10_000 }));
    if (!isReused) {
      await until("the second run", () => runs === 2);
      finish("second");
    }
    expect(await second).toBe(isReused ? "result of another process" : "second");
  });

  it("runs again for a process that cannot read the result", async () => {
    const [one, two] = [await newProcess(), await newProcess()];
    const first = one.flight.run(work(one.shared, { encode: () => ({ text: "unreadable", reusableMs: 60_000 }) }));
    await started();
    finish("1");
    await first;
    await until("the result in Redis", () => hasKey("flight-result:n"));
    const second = two.flight.run(work(two.shared));
    await until("the second run", () => runs === 2);
    finish("2");
    expect(await second).toBe("2");
  });

  it("another process takes over from one that ended", async () => {
    const [one, two] = [await newProcess(), await newProcess()];
    void one.flight.run(work(one.shared));
    await started();
    await one.shared.close();
    const second = two.flight.run(work(two.shared));
    expect(runs).toBe(1);
    // The lease of the ended process is over.
    states.server().run(states.url(), "del", "sidelight:flight:n");
    await until("the second run", () => runs === 2);
    finish("2");
    expect(await second).toBe("2");
  });

  it("processes that wait run it themselves when Redis is lost", async () => {
    const [one, two] = [await newProcess(), await newProcess()];
    void one.flight.run(work(one.shared));
    await started();
    const second = two.flight.run(work(two.shared));
    await states.server().stop();
    await until("the second run", () => runs === 2);
    finish("2");
    expect(await second).toBe("2");
    await states.server().start();
  });
});
