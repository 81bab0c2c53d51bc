/** Time as the panel needs it. Tests pass a clock that they move by hand. */
export interface PanelClock {
  /** The wall clock, epoch milliseconds: for ages, and for instants that the API names. It steps when it is set. */
  now(): number;
  /** Milliseconds that only grow, and stop while the computer sleeps in some browsers: for intervals and deadlines. */
  monotonic(): number;
  /** Runs `run` once after `ms` milliseconds. @returns cancels it */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: PanelClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A deadline of the monotonic clock on the wall clock as it is now, epoch milliseconds. Null stays null. */
export const instantOf = (deadline: number | null, clock: PanelClock): number | null =>
  deadline && clock.now() + Math.floor(deadline - clock.monotonic());
