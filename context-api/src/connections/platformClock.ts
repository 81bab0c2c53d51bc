import type { Clock } from "@sidelight/model/clock.ts";

/** The time of a platform, from the dates of its answers. */
export interface PlatformClock {
  /** @param date epoch ms, as the platform reported it now */
  observe(date: number): void;
  /** Epoch ms, never later than the platform's clock. */
  now(): number;
  /** How far this machine's clock is ahead of the platform's, ms; negative when it is behind; 0 within the tolerance. */
  leadMs(): number;
}

/** Dates have whole seconds, answers take seconds, and a cache may answer with an older one. */
const toleranceMs = 60_000;
/** A platform's clock is not before this. A server without a clock reports the beginning of its epoch. */
const earliest = Date.UTC(2020, 0);

/**
 * A pull continues from the instant of the last one. With a clock that is ahead of the platform's, it would skip what changes until
 * the platform's clock arrives there.
 */
export function createPlatformClock(clock: Pick<Clock, "now" | "monotonic">): PlatformClock {
  /** The platform's time minus our monotonic clock, so that later steps of the system's time do not change it. */
  let difference: number | null = null;
  const leadMs = (): number => {
    if (difference === null) return 0;
    const lead = clock.now() - (clock.monotonic() + difference);
    return Math.abs(lead) > toleranceMs ? Math.round(lead) : 0;
  };
  return {
    leadMs,
    now: () => clock.now() - Math.max(0, leadMs()),
    observe(date) {
      if (date >= earliest) difference = date - clock.monotonic();
    },
  };
}
