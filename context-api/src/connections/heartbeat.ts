import type { Clock } from "@sidelight/model/clock.ts";
import type { CircuitStatus } from "./circuits.ts";
import type { Connection } from "./connections.ts";

const tickMs = 1_000;
/** A connection without a call for this long is checked, ms. */
const minIdleMs = 30_000;
/** After a failed check, the connection is checked this often until a check succeeds or a circuit opens, ms. */
const suspicionMs = 5_000;
/** Part of the tightest quota that checks of an idle connection may use. */
const maxQuotaShare = 0.02;
const timeoutMs = 15_000;

export interface HeartbeatDeps {
  connection: Connection;
  clock: Clock;
  /** Pulls every stream now. Its circuits decide whether the platform is down. */
  pullAll(): void;
}

/**
 * Notices within a minute or two that a platform is down, also while no pull is due and no one reads: a cheap call when there was none
 * for a while. When it fails, the pulls run at once. While they fail too, each failed check counts for their circuits, which open after
 * their failures. For the leader only.
 */
export async function runHeartbeat({ connection, clock, pullAll }: HeartbeatDeps, signal: AbortSignal): Promise<void> {
  const { circuits } = connection;
  let lastCheckAt = clock.now();
  /** Of the first failed check since the last success; null while there is none. */
  let suspectedAt: number | null = null;
  while (!signal.aborted) {
    await clock.sleep(tickMs, signal).catch(() => {});
    if (signal.aborted) return;
    const now = clock.now();
    const statuses = circuits.list();
    const pulls = statuses.filter(({ kind }) => kind.startsWith("pull."));
    const isOutageOpen = pulls.every(({ state }) => state !== "closed");
    if (isOutageOpen || (suspectedAt !== null && lastSuccessOf(pulls) > suspectedAt)) suspectedAt = null;
    if (connection.pausedAt !== null || isOutageOpen) continue;
    const idleMs = Math.min(now - lastCheckAt, now - lastSuccessOf(statuses));
    const isDue = suspectedAt !== null ? now - lastCheckAt >= suspicionMs : idleMs >= idleLimit(connection);
    if (!isDue) continue;
    lastCheckAt = now;
    const error = await failureOfCheck(connection, signal);
    if (signal.aborted) return;
    if (error === null) {
      suspectedAt = null;
      continue;
    }
    // One check may fail alone. The pulls decide, unless they fail too.
    if (suspectedAt === null) suspectedAt = now;
    else for (const { kind } of pulls) await circuits.run(kind, () => Promise.reject(error)).catch(() => {});
    pullAll();
  }
}

const lastSuccessOf = (statuses: readonly CircuitStatus[]): number =>
  Math.max(0, ...statuses.map(({ lastSuccessAt }) => lastSuccessAt ?? 0));

/** Null when the platform served the check. */
async function failureOfCheck({ connector }: Connection, signal: AbortSignal): Promise<unknown> {
  try {
    await connector.check({ priority: "sync", signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    return null;
  } catch (error) {
    return error ?? "unknown";
  }
}

function idleLimit({ rateLimiter, connector: { checkQuota } }: Connection): number {
  const quotas = Object.entries(rateLimiter.left()).filter(([name]) => checkQuota === undefined || name === checkQuota);
  const spacings = quotas.map(([, quota]) => quota).map(({ limit, windowMs }) => windowMs / (limit * maxQuotaShare));
  return Math.max(minIdleMs, ...spacings);
}
