import { type Backoff, exponentialBackoff } from "@sidelight/platform-kit/backoff.ts";

const initialMs = 1_000;
const maxMs = 60_000;

/** Backoff of pulls and subscriptions. Full jitter, because many streams of a connection fail at the same time. */
export const createSyncBackoff = (): Backoff =>
  exponentialBackoff(initialMs, maxMs, (ms) => Math.max(initialMs / 2, Math.random() * ms));
