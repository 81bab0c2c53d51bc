import { randomBytes } from "node:crypto";
import { hash, rng } from "../world/prng.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID: 26 characters, 48 bits of time, 80 random bits. */
export function ulid(now: number): string {
  let time = "";
  for (let remaining = now, i = 0; i < 10; i++, remaining = Math.floor(remaining / 32)) time = CROCKFORD[remaining % 32] + time;
  return time + [...randomBytes(16)].map((byte) => CROCKFORD[byte % 32]).join("");
}

/** Digits derived from a name, without a leading zero. */
export function digits(length: number, ...name: string[]): string {
  const r = rng(hash("digits", ...name));
  return Array.from({ length }, (_, i) => r.int(i === 0 ? 1 : 0, 9)).join("");
}

/** Letters and digits derived from a name. */
export function letters(length: number, ...name: string[]): string {
  const r = rng(hash("letters", ...name));
  return Array.from({ length }, () => CROCKFORD[r.int(0, 31)]).join("");
}
