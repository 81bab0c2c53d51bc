import { describe, expect, it, vi } from "vitest";
import { PlatformError } from "./errors.ts";
import { withSecret } from "./signInWithSecret.ts";

const refused = new PlatformError("invalid_credentials", "zendesk", "refused");

const minute = 60_000;

/** A store of secrets that remembers `known` and, asked past its memory, tells `newest`. */
function store(known: string, newest: string) {
  const secrets = { known, newest };
  const secret = vi.fn(async (_: string, options?: { fresh?: boolean }) => secrets[options?.fresh ? "newest" : "known"]);
  const clock = { ms: 0 };
  return { secrets, secret, clock, bySecret: withSecret({ secret, now: () => clock.ms }, "a.b") };
}

describe("signing in by a secret", () => {
  it("asks once where the secret is good", async () => {
    const { secret, bySecret } = store("good", "good");
    expect(await bySecret(async (value) => `token for ${value}`)).toBe("token for good");
    expect(secret.mock.calls).toEqual([["a.b"]]);
  });

  it("tries a rotated secret at once", async () => {
    const signIn = vi.fn(async (value: string) => (value === "new" ? "token" : Promise.reject(refused)));
    expect(await store("old", "new").bySecret(signIn)).toBe("token");
    expect(signIn.mock.calls).toEqual([["old"], ["new"]]);
  });

  it("doesn't try the same secret twice, nor a third one", async () => {
    const signIn = vi.fn(() => Promise.reject(refused));
    await expect(store("old", "old").bySecret(signIn)).rejects.toBe(refused);
    expect(signIn).toHaveBeenCalledTimes(1);
    await expect(store("old", "new").bySecret(signIn)).rejects.toBe(refused);
    expect(signIn).toHaveBeenCalledTimes(3);
  });

  it("leaves every other failure alone", async () => {
    const down = new PlatformError("unavailable", "zendesk", "down");
    const { secret, bySecret } = store("old", "new");
    for (let i = 0; i < 10; i++) await expect(bySecret(() => Promise.reject(down))).rejects.toBe(down);
    expect(secret).toHaveBeenCalledTimes(10);
  });

  it("tries a secret that was refused three times once in five minutes, and another at once", async () => {
    const { secrets, clock, bySecret } = store("dead", "dead");
    const signIn = vi.fn(async (value: string) => (value === "new" ? "token" : Promise.reject(refused)));
    for (; clock.ms < 5 * minute; clock.ms += 10_000) await expect(bySecret(signIn)).rejects.toBe(refused);
    expect(signIn).toHaveBeenCalledTimes(3);
    clock.ms = 6 * minute;
    await expect(bySecret(signIn)).rejects.toBe(refused);
    await expect(bySecret(signIn)).rejects.toBe(refused);
    expect(signIn).toHaveBeenCalledTimes(4);
    secrets.newest = "new";
    expect(await bySecret(signIn)).toBe("token");
    expect(signIn).toHaveBeenCalledTimes(5);
  });

  it("counts refusals in a row only", async () => {
    const { bySecret } = store("good", "good");
    const signIn = vi.fn(() => Promise.reject(refused));
    for (let i = 0; i < 5; i++) {
      await expect(bySecret(signIn)).rejects.toBe(refused);
      await bySecret(async () => "token");
    }
    expect(signIn).toHaveBeenCalledTimes(5);
  });
});
