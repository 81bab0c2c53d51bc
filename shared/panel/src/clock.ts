/** Time as the panel needs it. Tests pass a clock that they move by hand. */
export interface PanelClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `run` once after `ms` milliseconds. @returns cancels it */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: PanelClock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
