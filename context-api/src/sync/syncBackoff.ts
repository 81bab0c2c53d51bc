import { type Backoff, exponentialBackoff } from "@sidelight/platform-kit/backoff.ts";

const initialMs = 1_000;
const maxMs = 60_000;

const unavailableInitialMs = 300_000;
const unavailableMaxMs = 3_600_000;

/** Backoff of streams that the account cannot serve. An administrator has to change something first, so attempts are rare. */
export const createUnavailableBackoff = (): Backoff => exponentialBackoff(unavailableInitialMs, unavailableMaxMs);

/** Backoff of pulls and subscriptions. Full jitter, because many streams of a connection fail at the same time. */
export const createSyncBackoff = (maxRetryMs = maxMs): Backoff =>
  exponentialBackoff(initialMs, maxRetryMs, (ms) => Math.max(initialMs / 2, Math.random() * ms));
