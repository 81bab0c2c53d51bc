import { createHmac, timingSafeEqual } from "node:crypto";

const toleranceMs = 300_000;

/** https://www.standardwebhooks.com/: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, at most five minutes old. */
export function isSigned(secret: string, headers: Headers, body: string, now: number): boolean {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => headers.get(`webhook-${name}`));
  if (!id || !timestamp || !signatures || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Number(timestamp) * 1000 - now) > toleranceMs) return false;
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const expected = Buffer.from(`v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`);
  return signatures
    .split(" ")
    .some((candidate) => candidate.length === expected.length && timingSafeEqual(Buffer.from(candidate), expected));
}
