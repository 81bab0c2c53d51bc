import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { createSigningKeys, rsaKeyProblem } from "./signingKeys.ts";

const pemOf = (modulusLength = 2_048): string =>
  generateKeyPairSync("rsa", { modulusLength }).publicKey.export({ type: "spki", format: "pem" }).toString();
const [first, second] = [pemOf(), pemOf()];

let now: number;
let reads: number;
let pem: string;
let failure: Error | null;
let keys: ReturnType<typeof createSigningKeys>;

beforeEach(() => {
  [now, reads, pem, failure] = [1_000_000, 0, first, null];
  const read = async () => {
    reads++;
    if (failure) throw failure;
    return [pem];
  };
  keys = createSigningKeys("zendesk", read, () => now);
});
const exportFirstKey = async (isFresh = false): Promise<string | undefined> =>
  (await keys({ isFresh }))[0]?.export({ type: "spki", format: "pem" }).toString();

describe("keys of a platform", () => {
  it("are read once for callers that come together, and kept for an hour", async () => {
    await Promise.all([exportFirstKey(), exportFirstKey(), exportFirstKey()]);
    now += 60 * 60_000 - 1;
    await exportFirstKey();
    expect(reads).toBe(1);
    now += 1;
    pem = second;
    expect(await exportFirstKey()).toBe(second);
    expect(reads).toBe(2);
  });

  it("are read again for an unknown signature, at most once a minute", async () => {
    await exportFirstKey();
    now += 59_999;
    pem = second;
    expect(await exportFirstKey(true)).toBe(first);
    now += 1;
    expect(await exportFirstKey(true)).toBe(second);
    for (let i = 0; i < 5; i++) await exportFirstKey(true);
    expect(reads).toBe(2);
  });

  it("stay valid while they cannot be read again", async () => {
    await exportFirstKey();
    failure = new Error("Zendesk answered 500.");
    now += 2 * 60 * 60_000;
    expect(await exportFirstKey()).toBe(first);
    now += 4_999;
    expect(await exportFirstKey()).toBe(first);
    expect(reads).toBe(2);
    now += 1;
    failure = null;
    pem = second;
    expect(await exportFirstKey()).toBe(second);
  });

  it("that could never be read fail, and are tried again after five seconds", async () => {
    failure = new Error("Zendesk answered 500.");
    for (let i = 0; i < 3; i++) await expect(keys()).rejects.toThrow("500");
    expect(reads).toBe(1);
    now += 5_000;
    failure = null;
    expect(await exportFirstKey()).toBe(first);
  });

  it("that are no RSA keys are refused, and replace none that are", async () => {
    await exportFirstKey();
    pem = "<html>Sign in</html>";
    now += 60 * 60_000;
    expect(await exportFirstKey()).toBe(first);
    const empty = createSigningKeys(
      "zendesk",
      async () => [pem],
      () => now,
    );
    await expect(empty()).rejects.toThrow("is no certificate and no public key in PEM");
  });
});

describe("a key in PEM", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  it.each([
    ["is an RSA key of 2,048 bits", first, null],
    ["is shorter", pemOf(1_024), "has fewer than 2,048 bits"],
    ["is of another kind", publicKey.export({ type: "spki", format: "pem" }).toString(), "is no RSA key"],
    ["is a private key", privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "is a private key"],
    ["is something else", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "is no certificate"],
  ])("that %s", (_, text, problem) => {
    if (problem === null) expect(rsaKeyProblem(text)).toBeNull();
    else expect(rsaKeyProblem(text)).toContain(problem);
  });
});
