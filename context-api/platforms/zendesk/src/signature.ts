import { createHmac, timingSafeEqual } from "node:crypto";

// https://developer.zendesk.com/documentation/webhooks/verifying/: base64(HMAC-SHA256(TIMESTAMP + BODY)) under the secret as it is
// displayed. It looks like base64 but must not be decoded.

/** Zendesk signs test requests with this secret before a webhook exists. It is public. */
export const publicTestSecret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";

export function signatureOf(secret: string, timestamp: string, body: Buffer): Buffer {
  return createHmac("sha256", secret).update(timestamp).update(body).digest();
}

/** True when `signature` (base64) is valid. Compares in constant time. */
export function isSignedWith(secret: string, timestamp: string, body: Buffer, signature: string): boolean {
  if (secret === "" || secret === publicTestSecret) return false;
  // Canonical base64 only: 32 bytes are 43 characters and one "=".
  if (!/^[A-Za-z0-9+/]{43}=$/.test(signature)) return false;
  const bytes = Buffer.from(signature, "base64");
  const expected = signatureOf(secret, timestamp, body);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
