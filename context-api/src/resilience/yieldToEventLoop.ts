/** Longest synchronous stretch of work, ms. */
const maxStretchMs = 5;

/**
 * Returns a function for long loops: it lets other requests run once 5 ms of work have passed. Reads of the embedded store are
 * synchronous, so awaiting them does not yield to the event loop.
 */
export function createEventLoopYielder(): () => Promise<void> {
  let stretchStart = performance.now();
  return async () => {
    if (performance.now() - stretchStart < maxStretchMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    stretchStart = performance.now();
  };
}
