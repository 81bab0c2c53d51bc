import { type Backoff, exponentialBackoff } from "@sidelight/platform-kit/backoff.ts";

/** "Start with a 2-second backoff, double it up to a maximum of 60 seconds, and add 1–5 seconds of jitter." */
export const createBackoff = (random: () => number = Math.random): Backoff =>
  exponentialBackoff(2_000, 60_000, (ms) => ms + 1_000 + Math.round(random() * 4_000));
