import { describe, expect, it } from "vitest";
import { createSerialQueue } from "./serialQueue.ts";

describe("a serial queue", () => {
  it("runs work of one name in the order it was submitted", async () => {
    const run = createSerialQueue();
    const steps: string[] = [];
    const first = Promise.withResolvers<void>();
    const results = [
      run("list", async () => {
        await first.promise;
        steps.push("first");
        return 1;
      }),
      run("list", async () => {
        steps.push("second");
        return 2;
      }),
    ];
    first.resolve();
    expect(await Promise.all(results)).toEqual([1, 2]);
    expect(steps).toEqual(["first", "second"]);
  });

  it("runs work of other names in parallel", async () => {
    const run = createSerialQueue();
    const blocker = Promise.withResolvers<void>();
    const blocked = run("one", () => blocker.promise);
    expect(await run("two", async () => "not blocked")).toBe("not blocked");
    blocker.resolve();
    await blocked;
  });

  it("runs the next work after a failure, and reports the failure to its caller only", async () => {
    const run = createSerialQueue();
    const failure = run("list", () => Promise.reject(new Error("failed")));
    const next = run("list", async () => "next");
    await expect(failure).rejects.toThrow("failed");
    expect(await next).toBe("next");
  });
});
