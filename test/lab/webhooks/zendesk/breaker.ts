// https://developer.zendesk.com/api-reference/webhooks/introduction/: 70 % errors or 1,000 of them within five minutes.
const windowMs = 300_000;
const maxErrors = 1_000;
const share = 0.7;
/** Below this count the error share is ignored. Undocumented; our value. */
const minResults = 20;
export const pauseMs = 5_000;

export interface Breaker {
  /** The instant at which sending resumes; null while the circuit is closed. */
  openUntil(now: number): number | null;
  record(isError: boolean, now: number): void;
}

/** The first response after a pause restarts or ends the pause. */
export function createBreaker(): Breaker {
  let results: { time: number; isError: boolean }[] = [];
  let pausedUntil: number | null = null;
  return {
    openUntil: (now) => (pausedUntil !== null && now < pausedUntil ? pausedUntil : null),
    record(isError, now) {
      if (pausedUntil !== null && now >= pausedUntil) {
        pausedUntil = isError ? now + pauseMs : null;
        results = [];
        return;
      }
      results = [...results.filter(({ time }) => time > now - windowMs), { time: now, isError }];
      const errors = results.filter((result) => result.isError).length;
      if (errors >= maxErrors || (results.length >= minResults && errors / results.length >= share)) pausedUntil = now + pauseMs;
    },
  };
}
