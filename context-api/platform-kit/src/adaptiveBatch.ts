/** While more than this part of a quota is left, no call is saved. */
const ampleQuota = 0.25;
/** Below this part, calls are saved as far as possible. */
const scarceQuota = 0.1;
/**
 * A shorter window only spaces requests. What arrives while a request waits for it shares the next one, so that nothing has to wait
 * in addition.
 */
const minWindowMs = 10_000;
/** The longest wait for a shared call: a part of the window of the quota, and a minute at most. */
const joinShare = 0.1;
const maxJoinMs = 60_000;

/** A size or a time that depends on what is left of a quota. */
interface AdaptiveValue {
  /** While enough is left. */
  ample: number;
  /** While little is left. Larger, so that fewer calls are needed. */
  scarce: number;
}

/** The value between the two, a whole number. It never falls while less is left. @param left part of the quota, 0 to 1 */
export function adaptToQuota({ ample, scarce }: AdaptiveValue, left: number): number {
  const scarcity = Math.min(1, Math.max(0, (ampleQuota - left) / (ampleQuota - scarceQuota)));
  return Math.round(ample + (scarce - ample) * scarcity);
}

/** A quota with what is left of it. */
export interface QuotaLeft {
  limit: number;
  remaining: number;
  windowMs: number;
}

/** Part that is left of the scarcest of some quotas, 0 to 1. Those with a short window do not count. */
export const scarcestPart = (quotas: readonly QuotaLeft[]): number =>
  Math.min(1, ...quotas.map(({ limit, remaining, windowMs }) => (windowMs < minWindowMs ? 1 : remaining / limit)));

/** How long after a call the next one of the same kind waits for more writes that share it, ms; 0 while enough of its quota is left. */
export function joinWaitMs(quota: QuotaLeft): number {
  const scarce = Math.min(maxJoinMs, quota.windowMs * joinShare);
  return adaptToQuota({ ample: 0, scarce }, scarcestPart([quota]));
}
