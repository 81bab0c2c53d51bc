// https://developer.zendesk.com/api-reference/webhooks/introduction/: 70 % errors or 1,000 of them within five minutes.
const windowMs = 300_000;
const mostErrors = 1_000;
const share = 0.7;
/** Below this a share says nothing. Not documented: ours. */
const fewest = 20;
export const pauseMs = 5_000;

export interface Breaker {
  /** The instant until which nothing is sent; null while it is. */
  openUntil(now: number): number | null;
  record(isError: boolean, now: number): void;
}

/** The first answer after a pause decides whether it begins anew. */
export function createBreaker(): Breaker {
  let results: { at: number; isError: boolean }[] = [];
  let until: number | null = null;
  return {
    openUntil: (now) => (until !== null && now < until ? until : null),
    record(isError, now) {
      if (until !== null && now >= until) {
        until = isError ? now + pauseMs : null;
        results = [];
        return;
      }
      results = [...results.filter(({ at }) => at > now - windowMs), { at: now, isError }];
      const errors = results.filter((result) => result.isError).length;
      if (errors >= mostErrors || (results.length >= fewest && errors / results.length >= share)) until = now + pauseMs;
    },
  };
}
