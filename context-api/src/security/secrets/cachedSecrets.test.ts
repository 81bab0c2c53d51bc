import { beforeEach, describe, expect, it, vi } from "vitest";
import { kept } from "./cachedSecrets.ts";
import { SecretError, type SecretProvider } from "./provider.ts";

const minute = 60_000;
const outage = () => Promise.reject(new SecretError("the secret a.b is not to be had: it failed", { isOutage: true }));
const gone = () => Promise.reject(new SecretError("the secret a.b is not there"));

let now: number;
let tell: ReturnType<typeof vi.fn<(name: string) => Promise<string>>>;
let secrets: SecretProvider;
beforeEach(() => {
  now = 0;
  tell = vi.fn(async (name: string) => `${name} at ${now}`);
  secrets = kept(tell, () => now);
});

describe("a secret that is kept", () => {
  it("is asked for once in five minutes, each name for itself", async () => {
    expect(await secrets.get("a.b")).toBe("a.b at 0");
    now = 5 * minute - 1;
    expect(await secrets.get("a.b")).toBe("a.b at 0");
    expect(await secrets.get("c.d")).toBe(`c.d at ${now}`);
    now = 5 * minute;
    expect(await secrets.get("a.b")).toBe(`a.b at ${now}`);
    expect(tell).toHaveBeenCalledTimes(3);
  });

  it("is asked for once by many who need it at the same time", async () => {
    await Promise.all(Array.from({ length: 20 }, () => secrets.get("a.b")));
    expect(tell).toHaveBeenCalledTimes(1);
  });

  it("is asked for anew when it was refused, but not again within ten seconds", async () => {
    await secrets.get("a.b");
    now = minute;
    expect(await secrets.get("a.b", { fresh: true })).toBe(`a.b at ${minute}`);
    for (now = minute; now < minute + 10_000; now += 500) await secrets.get("a.b", { fresh: true });
    expect(tell).toHaveBeenCalledTimes(2);
    now = minute + 10_000;
    expect(await secrets.get("a.b", { fresh: true })).toBe(`a.b at ${now}`);
  });

  it("is waited for by everyone whom a platform refused meanwhile: nobody is told the old one again", async () => {
    await secrets.get("a.b");
    now = minute;
    const answers = await Promise.all([secrets.get("a.b", { fresh: true }), secrets.get("a.b", { fresh: true })]);
    expect(answers).toEqual([`a.b at ${minute}`, `a.b at ${minute}`]);
    expect(tell).toHaveBeenCalledTimes(2);
  });

  it("outlives an hour of outage and no more, asking every ten seconds", async () => {
    await secrets.get("a.b");
    tell.mockImplementation(outage);
    now = 5 * minute;
    for (let i = 0; i < 20; i++, now += 1_000) expect(await secrets.get("a.b")).toBe("a.b at 0");
    expect(tell).toHaveBeenCalledTimes(3);
    expect(await secrets.get("a.b", { fresh: true })).toBe("a.b at 0");
    now = 60 * minute;
    await expect(secrets.get("a.b")).rejects.toThrow("a.b");
    tell.mockResolvedValue("new");
    expect(await secrets.get("a.b")).toBe("new");
  });

  it("that was never known is an error at once, and asked for each time", async () => {
    tell.mockImplementation(outage);
    await expect(secrets.get("a.b")).rejects.toThrow(SecretError);
    await expect(secrets.get("a.b")).rejects.toThrow(SecretError);
    expect(tell).toHaveBeenCalledTimes(2);
  });

  it("that was taken away, or may no longer be read, is gone at once", async () => {
    await secrets.get("a.b");
    tell.mockImplementation(gone);
    now = 5 * minute;
    await expect(secrets.get("a.b")).rejects.toThrow("not there");
    tell.mockImplementation(outage);
    await expect(secrets.get("a.b")).rejects.toThrow(SecretError);
  });

  it("is not waited for beyond ten seconds", async () => {
    vi.useFakeTimers();
    try {
      tell.mockImplementation(() => new Promise(() => {}));
      const answer = expect(secrets.get("a.b")).rejects.toThrow("no answer in time");
      await vi.advanceTimersByTimeAsync(10_000);
      await answer;
    } finally {
      vi.useRealTimers();
    }
  });
});
