// https://developer.zendesk.com/api-reference/webhooks/introduction/: 70 % errors or 1,000 of them within five minutes.
const windowMs = 300_000;
const mostErrors = 1_000;
const share = 0.7;
/** Below this a share says nothing. Not documented: ours. */
const fewest = 20;
export const pauseMs = 5_000;

export interface Breaker {
  /** `closed` sends, `open` doesn't until the instant. */
  state(now: number): { open: false } | { open: true; until: number };
  record(isError: boolean, now: number): void;
}

/** After a pause one request tries; its outcome decides whether the pause begins anew. */
export function createBreaker(): Breaker {
  let results: { at: number; isError: boolean }[] = [];
  let openUntil: number | null = null;
  return {
    state: (now) => (openUntil !== null && now < openUntil ? { open: true, until: openUntil } : { open: false }),
    record(isError, now) {
      if (openUntil !== null && now >= openUntil) {
        openUntil = isError ? now + pauseMs : null;
        results = [];
        return;
      }
      results = [...results.filter(({ at }) => at > now - windowMs), { at: now, isError }];
      const errors = results.filter((result) => result.isError).length;
      if (errors >= mostErrors || (results.length >= fewest && errors / results.length >= share)) openUntil = now + pauseMs;
    },
  };
}
