import { randomBytes } from "node:crypto";
import { hash, rng } from "../world/prng.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** 26 characters: 48 bits of time, 80 of chance. */
export function ulid(now: number): string {
  let time = "";
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = CROCKFORD[rest % 32] + time;
  return time + [...randomBytes(16)].map((byte) => CROCKFORD[byte % 32]).join("");
}

/** Digits that belong to a name for good, without a leading zero. */
export function digits(length: number, ...name: string[]): string {
  const r = rng(hash("digits", ...name));
  return Array.from({ length }, (_, i) => r.int(i === 0 ? 1 : 0, 9)).join("");
}

/** Letters and digits that belong to a name for good. */
export function letters(length: number, ...name: string[]): string {
  const r = rng(hash("letters", ...name));
  return Array.from({ length }, () => CROCKFORD[r.int(0, 31)]).join("");
}
