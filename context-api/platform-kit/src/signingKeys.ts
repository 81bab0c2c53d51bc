import { createPublicKey, type KeyObject } from "node:crypto";
import { PlatformError } from "./errors.ts";
import { singleFlight } from "./singleFlight.ts";

/** Keys are read again after this time, so that a withdrawn key does not stay valid. */
const maxAgeMs = 60 * 60_000;
/** Unknown signatures cause at most one read in this time: anyone can send one. */
const minIntervalMs = 60_000;
/** After a failed read, the next one waits this long. */
const retryMs = 5_000;

/**
 * Keeps the keys that a platform signs with. They are read on demand, again after an hour, and again for an unknown signature, but at
 * most once a minute. When a read fails, the keys that were read before stay valid.
 * @param read the keys in PEM
 * @returns see `PanelSignIn.keys`
 */
export function createSigningKeys(platform: string, read: () => Promise<readonly string[]>, monotonic: () => number) {
  const reads = singleFlight<readonly KeyObject[]>();
  let current: { keys: readonly KeyObject[]; readAt: number } | null = null;
  let failure: { error: unknown; at: number } | null = null;
  let lastReadAt = Number.NEGATIVE_INFINITY;

  return async ({ isFresh }: { isFresh: boolean } = { isFresh: false }): Promise<readonly KeyObject[]> => {
    const now = monotonic();
    const isDue = !current || now - current.readAt >= maxAgeMs || (isFresh && now - lastReadAt >= minIntervalMs);
    if (current && !isDue) return current.keys;
    if (failure && now - failure.at < retryMs) {
      if (current) return current.keys;
      throw failure.error;
    }
    return await reads("keys", readAgain);
  };

  async function readAgain(): Promise<readonly KeyObject[]> {
    lastReadAt = monotonic();
    try {
      const keys = (await read()).map((pem) => rsaKey(platform, pem));
      current = { keys, readAt: monotonic() };
      failure = null;
      return keys;
    } catch (error) {
      failure = { error, at: monotonic() };
      if (current) return current.keys;
      throw error;
    }
  }
}

/** The public key of a PEM, which may be a certificate. @throws {PlatformError} for anything but an RSA key of 2,048 bits or more */
export function rsaKey(platform: string, pem: string): KeyObject {
  const problem = rsaKeyProblem(pem);
  if (problem) throw new PlatformError("unavailable", platform, `The key that signs the sign-ins ${problem}.`);
  return createPublicKey(pem);
}

/** What is wrong with a public key or a certificate in PEM, after its name; null when it can be used. */
export function rsaKeyProblem(pem: string): string | null {
  if (pem.includes("PRIVATE KEY")) return "is a private key. Use the certificate or the public key";
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== "rsa") return "is no RSA key";
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2_048 ? "has fewer than 2,048 bits" : null;
  } catch {
    return "is no certificate and no public key in PEM";
  }
}

/** A key or a certificate itself, and not the name of a secret that contains it. */
export const isPem = (text: string): boolean => text.trimStart().startsWith("-----BEGIN ");
