import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** The parts of an API key: `slk_{tenant}_{id}_{secret}`. The prefix lets secret scanners find a leaked key. */
export interface PresentedKey {
  tenant: string;
  keyId: string;
  secret: string;
}

const keyPattern = /^slk_([a-z][a-z0-9-]{0,39})_([0-9a-f]{12})_([A-Za-z0-9]{43})$/;

/** Null when the token is not an API key. */
export function readKey(token: string): PresentedKey | null {
  const [, tenant, keyId, secret] = keyPattern.exec(token) ?? [];
  return tenant && keyId && secret ? { tenant, keyId, secret } : null;
}

export interface KeyToken {
  /** Shown once: only its hash is stored. */
  token: string;
  keyId: string;
  secretHash: string;
}

/** Draws a new key. */
export function newKeyToken(tenant: string): KeyToken {
  const keyId = randomBytes(6).toString("hex");
  const secret = randomAlphanumeric(43);
  return { token: `slk_${tenant}_${keyId}_${secret}`, keyId, secretHash: sha256(secret) };
}

/** Compares a secret with a stored hash in constant time. @param secretHash null for an unknown key, which takes as long */
export function isSecret(secret: string, secretHash: string | null): boolean {
  // The secret has 256 random bits, so a fast hash is as safe as a slow one.
  const expected = Buffer.from(secretHash ?? sha256("no such key"));
  return timingSafeEqual(Buffer.from(sha256(secret)), expected) && secretHash !== null;
}

const sha256 = (secret: string): string => createHash("sha256").update(secret).digest("hex");

function randomAlphanumeric(length: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let text = "";
  while (text.length < length) {
    // 248 is the largest multiple of 62 in a byte: without the limit, some letters would be more likely.
    for (const byte of randomBytes(length)) if (byte < 248 && text.length < length) text += letters[byte % 62];
  }
  return text;
}
