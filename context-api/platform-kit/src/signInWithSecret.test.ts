import { describe, expect, it, vi } from "vitest";
import { PlatformError } from "./errors.ts";
import { withSecret } from "./signInWithSecret.ts";

const refusal = new PlatformError("invalid_credentials", "zendesk", "refused");

const minute = 60_000;

/** A secret provider with a cached value and, for fresh reads, the newest one. */
function store(cachedSecret: string, newest: string) {
  const secrets = { cached: cachedSecret, newest };
  const secret = vi.fn(async (_: string, options?: { fresh?: boolean }) => secrets[options?.fresh ? "newest" : "cached"]);
  const clock = { ms: 0 };
  return { secrets, secret, clock, bySecret: withSecret({ secret, monotonic: () => clock.ms }, "a.b") };
}

describe("withSecret", () => {
  it("reads the secret once when it is valid", async () => {
    const { secret, bySecret } = store("good", "good");
    expect(await bySecret(async (value) => `token for ${value}`)).toBe("token for good");
    expect(secret.mock.calls).toEqual([["a.b"]]);
  });

  it("tries a rotated secret at once", async () => {
    const signIn = vi.fn(async (value: string) => (value === "new" ? "token" : Promise.reject(refusal)));
    expect(await store("old", "new").bySecret(signIn)).toBe("token");
    expect(signIn.mock.calls).toEqual([["old"], ["new"]]);
  });

  it("does not try the same secret twice, nor a third value", async () => {
    const signIn = vi.fn(() => Promise.reject(refusal));
    await expect(store("old", "old").bySecret(signIn)).rejects.toBe(refusal);
    expect(signIn).toHaveBeenCalledTimes(1);
    await expect(store("old", "new").bySecret(signIn)).rejects.toBe(refusal);
    expect(signIn).toHaveBeenCalledTimes(3);
  });

  it("passes on other errors without another attempt", async () => {
    const outage = new PlatformError("unavailable", "zendesk", "down");
    const { secret, bySecret } = store("old", "new");
    for (let i = 0; i < 10; i++) await expect(bySecret(() => Promise.reject(outage))).rejects.toBe(outage);
    expect(secret).toHaveBeenCalledTimes(10);
  });

  it("tries a secret that was refusal three times once in five minutes, and a new one at once", async () => {
    const { secrets, clock, bySecret } = store("old", "old");
    const signIn = vi.fn(async (value: string) => (value === "new" ? "token" : Promise.reject(refusal)));
    for (; clock.ms < 5 * minute; clock.ms += 10_000) await expect(bySecret(signIn)).rejects.toBe(refusal);
    expect(signIn).toHaveBeenCalledTimes(3);
    clock.ms = 6 * minute;
    await expect(bySecret(signIn)).rejects.toBe(refusal);
    await expect(bySecret(signIn)).rejects.toBe(refusal);
    expect(signIn).toHaveBeenCalledTimes(4);
    secrets.newest = "new";
    expect(await bySecret(signIn)).toBe("token");
    expect(signIn).toHaveBeenCalledTimes(5);
  });

  it("counts consecutive refusals only", async () => {
    const { bySecret } = store("good", "good");
    const signIn = vi.fn(() => Promise.reject(refusal));
    for (let i = 0; i < 5; i++) {
      await expect(bySecret(signIn)).rejects.toBe(refusal);
      await bySecret(async () => "token");
    }
    expect(signIn).toHaveBeenCalledTimes(5);
  });
});
