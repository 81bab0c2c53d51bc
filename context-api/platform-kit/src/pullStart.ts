import type { ConnectionTools } from "./platform.ts";

export interface PullStart {
  /** Epoch ms by this machine's clock: how old the values are. */
  startedAt: number;
  /** The same instant, but never later than the platform's clock: the next pull continues from it. Exact after the first answer. */
  continueFrom(): number;
}

export function pullStart({ now, platformNow }: Pick<ConnectionTools, "now" | "platformNow">): PullStart {
  const startedAt = now();
  return { startedAt, continueFrom: () => Math.min(startedAt, platformNow() - Math.max(0, now() - startedAt)) };
}

/** True when that time has passed since a stored instant, and for one in the future: the clock was set back since then. */
export const hasElapsed = (since: number, ms: number, now: number): boolean => now - since >= ms || since > now;
