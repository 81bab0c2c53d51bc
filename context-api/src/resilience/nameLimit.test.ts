import { describe, expect, it } from "vitest";
import { createNameLimit } from "./nameLimit.ts";

describe("the limit of a name", () => {
  it("runs at most some of its works at a time, in the order of their calls, and those of another name beside them", async () => {
    const limit = createNameLimit(2);
    const started: string[] = [];
    const ends: (() => void)[] = [];
    const submit = (name: string, label: string) =>
      limit(name, async () => {
        started.push(label);
        await new Promise<void>((resolve) => ends.push(resolve));
      });
    const works = [submit("flood", "1"), submit("flood", "2"), submit("flood", "3"), submit("flood", "4"), submit("quiet", "5")];
    await new Promise(setImmediate);
    expect(started).toEqual(["1", "2", "5"]);
    ends[0]?.();
    await new Promise(setImmediate);
    expect(started).toEqual(["1", "2", "5", "3"]);
    for (let i = 1; i < works.length; i++) {
      ends[i]?.();
      await new Promise(setImmediate);
    }
    await Promise.all(works);
    expect(started).toEqual(["1", "2", "5", "3", "4"]);
  });

  it("goes on after a work that failed", async () => {
    const limit = createNameLimit(1);
    const failure = limit("a", () => Promise.reject(new Error("failed")));
    const next = limit("a", () => Promise.resolve("done"));
    await expect(failure).rejects.toThrow("failed");
    expect(await next).toBe("done");
  });
});
