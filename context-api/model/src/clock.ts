/** Source of time. Passed in, so that tests can control it. */
export interface Clock {
  /** Epoch ms. For instants that are stored, shown or compared with those of a platform. It may step when the system's time is set. */
  now(): number;
  /** Ms since an arbitrary start. It never steps: for windows, ages, timeouts and intervals inside the process. */
  monotonic(): number;
  /** Resolves after `ms`; rejects when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const timer = setTimeout(finish, Math.min(ms, 2 ** 31 - 1));
      signal.addEventListener("abort", abort, { once: true });
      function finish() {
        signal.removeEventListener("abort", abort);
        resolve();
      }
      function abort() {
        clearTimeout(timer);
        reject(signal.reason);
      }
    }),
};
