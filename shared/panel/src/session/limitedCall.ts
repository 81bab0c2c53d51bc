import type { PanelClock } from "../clock.ts";

/** How a call ended. */
export type CallOutcome<T> = { value: T } | { failed: "timeout" | "aborted" | "rejected" };

/**
 * Makes a call that ends after a time limit, or with a signal, whether the call watches its own signal or not.
 * @param timeoutMs on the clock
 * @param signal ends the call from outside
 */
export function limitedCall<T>(
  clock: PanelClock,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<CallOutcome<T>> {
  const own = new AbortController();
  return new Promise((resolve) => {
    const end = (outcome: CallOutcome<T>): void => {
      cancelTimeout();
      signal.removeEventListener("abort", abort);
      resolve(outcome);
    };
    const giveUp = (failed: "timeout" | "aborted"): void => {
      end({ failed });
      own.abort();
    };
    const abort = (): void => giveUp("aborted");
    const cancelTimeout = clock.after(timeoutMs, () => giveUp("timeout"));
    signal.addEventListener("abort", abort);
    call(own.signal).then(
      (value) => end({ value }),
      () => end({ failed: "rejected" }),
    );
  });
}
