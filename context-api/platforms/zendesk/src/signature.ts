import { createHmac, timingSafeEqual } from "node:crypto";

// https://developer.zendesk.com/documentation/webhooks/verifying/: base64(HMAC-SHA256(TIMESTAMP + BODY)) under the secret as it is
// displayed. It looks like base64 and isn't decoded.

/** What Zendesk signs tests with, before a webhook exists. Everybody knows it. */
export const publicTestSecret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";

export function signatureOf(secret: string, timestamp: string, body: Buffer): Buffer {
  return createHmac("sha256", secret).update(timestamp).update(body).digest();
}

/** Whether `given` (base64) is the signature. Takes the same time wherever it differs. */
export function isSignedWith(secret: string, timestamp: string, body: Buffer, given: string): boolean {
  if (secret === "" || secret === publicTestSecret) return false;
  // Only the canonical form: 32 bytes are 43 characters and one "=".
  if (!/^[A-Za-z0-9+/]{43}=$/.test(given)) return false;
  const bytes = Buffer.from(given, "base64");
  const expected = signatureOf(secret, timestamp, body);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
