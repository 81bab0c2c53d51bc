import { describe, expect, it } from "vitest";
import { createSecretCache } from "./secretCache.ts";

function setup() {
  const reads: string[] = [];
  const clock = { ms: 1_000_000 };
  let failure: Error | null = null;
  const read = async (name: string): Promise<string> => {
    reads.push(name);
    if (failure) throw failure;
    return `${name} ${reads.length}`;
  };
  return {
    reads,
    clock,
    secret: createSecretCache(read, () => clock.ms),
    fail: (error: Error | null) => {
      failure = error;
    },
  };
}

describe("the secret cache of webhooks", () => {
  it("reads a secret once for concurrent callers", async () => {
    const { secret, reads } = setup();
    expect(await Promise.all([secret("a"), secret("a"), secret("b")])).toEqual(["a 1", "a 1", "b 2"]);
    expect(reads).toEqual(["a", "b"]);
  });

  it("reads it again after ten seconds", async () => {
    const { secret, reads, clock } = setup();
    await secret("a");
    clock.ms += 9_999;
    expect(await secret("a")).toBe("a 1");
    clock.ms += 2;
    expect(await secret("a")).toBe("a 2");
    expect(reads).toEqual(["a", "a"]);
  });

  it("does not cache a failed read", async () => {
    const { secret, fail } = setup();
    fail(new Error("denied"));
    await expect(secret("a")).rejects.toThrow("denied");
    fail(null);
    expect(await secret("a")).toBe("a 2");
  });
});
