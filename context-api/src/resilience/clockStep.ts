import type { Clock } from "@sidelight/model/clock.ts";

/** Corrections below this size are frequent and harmless, ms. */
const minStepMs = 1_000;

/** Detects that the system's time was set back. */
export interface StepDetector {
  /** By how many ms, since the start or the last call of `accept`; 0 for no step back. */
  stepBackMs(): number;
  /** The step was handled. */
  accept(): void;
}

export function createStepDetector(clock: Pick<Clock, "now" | "monotonic">): StepDetector {
  const read = (): number => clock.now() - clock.monotonic();
  let lastDifference = read();
  const accept = (): void => {
    lastDifference = read();
  };
  return {
    accept,
    stepBackMs() {
      const stepMs = lastDifference - read();
      if (stepMs >= minStepMs) return stepMs;
      accept();
      return 0;
    },
  };
}
