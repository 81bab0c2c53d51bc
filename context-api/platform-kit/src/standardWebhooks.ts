import { createHmac, timingSafeEqual } from "node:crypto";
import { toleranceMs } from "./signingSecrets.ts";

// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, symmetric signatures:
// v1,base64(HMAC-SHA256(id "." timestamp "." body)) under the bytes that the secret holds in base64 after its prefix.

/** The three headers: `webhook-id`, `webhook-timestamp` in Unix seconds, and `webhook-signature`, a list parted by spaces. */
export interface SigningHeaders {
  id: string;
  timestamp: string;
  signature: string;
}

const prefix = "whsec_";
/** "Between 24 bytes and 64 bytes": what is longer is stronger, what is shorter is refused. */
const shortestKey = 24;
/** A sender that rotates signs with two or three secrets. */
const mostSignatures = 10;

/**
 * The entry of `webhook-signature` for one secret.
 * @param secret `whsec_` and base64
 * @param timestamp Unix seconds
 * @throws {RangeError} when the secret holds no key
 */
export function sign(secret: string, { id, timestamp }: Pick<SigningHeaders, "id" | "timestamp">, body: Buffer | string): string {
  const key = keyOf(secret);
  if (!key) throw new RangeError(`a signing secret is ${prefix} and base64 of ${shortestKey} bytes or more`);
  return `v1,${macOf(key, id, timestamp, body).toString("base64")}`;
}

/**
 * Whether one of the signatures was made with `secret`, and no more than five minutes from `nowMs` (epoch ms). Takes the same time
 * wherever a signature differs, and never throws for what a sender wrote. A secret that holds no key signs nothing.
 */
export function isSigned(secret: string, { id, timestamp, signature }: SigningHeaders, body: Buffer, nowMs: number): boolean {
  const key = keyOf(secret);
  // A full stop parts what is signed: an id that held one could take a piece of the timestamp's place.
  if (!key || !/^[!-~]{1,256}$/.test(id) || id.includes(".") || !isRecent(timestamp, nowMs)) return false;
  const expected = macOf(key, id, timestamp, body);
  // Versions that we don't know are passed over, as the specification has it: v1a is another scheme.
  const given = signature.split(" ", mostSignatures).flatMap((entry) => macIn(entry) ?? []);
  return given.map((mac) => timingSafeEqual(mac, expected)).includes(true);
}

function isRecent(timestamp: string, nowMs: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(nowMs - Number(timestamp) * 1000) <= toleranceMs;
}

function macOf(key: Buffer, id: string, timestamp: string, body: Buffer | string): Buffer {
  return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
}

/** The 32 bytes of `v1,…`, in their canonical form only. */
function macIn(entry: string): Buffer | null {
  const [, base64] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(entry) ?? [];
  return base64 === undefined ? null : Buffer.from(base64, "base64");
}

function keyOf(secret: string): Buffer | null {
  const base64 = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const key = Buffer.from(base64, "base64");
  return key.length >= shortestKey ? key : null;
}
