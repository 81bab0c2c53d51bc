import { beforeEach, describe, expect, it, vi } from "vitest";
import { cachedSecrets } from "./cachedSecrets.ts";
import { SecretError, type SecretProvider } from "./provider.ts";

const minute = 60_000;
const outage = () => Promise.reject(new SecretError("the secret a.b is not available: it failed", { isOutage: true }));
const deleted = () => Promise.reject(new SecretError("the secret a.b was deleted"));

let now: number;
let fetchSecret: ReturnType<typeof vi.fn<(name: string) => Promise<string>>>;
let secrets: SecretProvider;
beforeEach(() => {
  now = 0;
  fetchSecret = vi.fn(async (name: string) => `${name} at ${now}`);
  secrets = cachedSecrets(fetchSecret, () => now);
});

describe("cachedSecrets", () => {
  it("requests each secret once in five minutes", async () => {
    expect(await secrets.get("a.b")).toBe("a.b at 0");
    now = 5 * minute - 1;
    expect(await secrets.get("a.b")).toBe("a.b at 0");
    expect(await secrets.get("c.d")).toBe(`c.d at ${now}`);
    now = 5 * minute;
    expect(await secrets.get("a.b")).toBe(`a.b at ${now}`);
    expect(fetchSecret).toHaveBeenCalledTimes(3);
  });

  it("shares one request between concurrent callers", async () => {
    await Promise.all(Array.from({ length: 20 }, () => secrets.get("a.b")));
    expect(fetchSecret).toHaveBeenCalledTimes(1);
  });

  it("requests a secret again when the platform refused it, at most once in ten seconds", async () => {
    await secrets.get("a.b");
    now = minute;
    expect(await secrets.get("a.b", { fresh: true })).toBe(`a.b at ${minute}`);
    for (now = minute; now < minute + 10_000; now += 500) await secrets.get("a.b", { fresh: true });
    expect(fetchSecret).toHaveBeenCalledTimes(2);
    now = minute + 10_000;
    expect(await secrets.get("a.b", { fresh: true })).toBe(`a.b at ${now}`);
  });

  it("gives the new value to every concurrent caller whose value was refused", async () => {
    await secrets.get("a.b");
    now = minute;
    const answers = await Promise.all([secrets.get("a.b", { fresh: true }), secrets.get("a.b", { fresh: true })]);
    expect(answers).toEqual([`a.b at ${minute}`, `a.b at ${minute}`]);
    expect(fetchSecret).toHaveBeenCalledTimes(2);
  });

  it("returns the last value during one hour of outage and requests every ten seconds", async () => {
    await secrets.get("a.b");
    fetchSecret.mockImplementation(outage);
    now = 5 * minute;
    for (let i = 0; i < 20; i++, now += 1_000) expect(await secrets.get("a.b")).toBe("a.b at 0");
    expect(fetchSecret).toHaveBeenCalledTimes(3);
    expect(await secrets.get("a.b", { fresh: true })).toBe("a.b at 0");
    now = 60 * minute;
    await expect(secrets.get("a.b")).rejects.toThrow("a.b");
    fetchSecret.mockResolvedValue("new");
    expect(await secrets.get("a.b")).toBe("new");
  });

  it("throws at once, and requests each time, when no value is cached", async () => {
    fetchSecret.mockImplementation(outage);
    await expect(secrets.get("a.b")).rejects.toThrow(SecretError);
    await expect(secrets.get("a.b")).rejects.toThrow(SecretError);
    expect(fetchSecret).toHaveBeenCalledTimes(2);
  });

  it("throws at once when the secret was deleted or denied", async () => {
    await secrets.get("a.b");
    fetchSecret.mockImplementation(deleted);
    now = 5 * minute;
    await expect(secrets.get("a.b")).rejects.toThrow("was deleted");
    fetchSecret.mockImplementation(outage);
    await expect(secrets.get("a.b")).rejects.toThrow(SecretError);
  });

  it("throws when a request takes ten seconds", async () => {
    vi.useFakeTimers();
    try {
      fetchSecret.mockImplementation(() => new Promise(() => {}));
      const answer = expect(secrets.get("a.b")).rejects.toThrow("no answer in time");
      await vi.advanceTimersByTimeAsync(10_000);
      await answer;
    } finally {
      vi.useRealTimers();
    }
  });
});
