/** Longest stretch of work before others have their turn, ms. */
const stretchMs = 5;

/**
 * For loops that seldom wait: lets the requests of people through after a few milliseconds of work. Reads of the embedded store
 * are done at once, so that a promise alone gives nobody a turn.
 */
export function breather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < stretchMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  };
}
