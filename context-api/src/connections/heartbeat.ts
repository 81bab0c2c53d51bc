import type { Clock } from "@sidelight/model/clock.ts";
import type { Connection } from "./connections.ts";

const tickMs = 1_000;
/** A connection without a call for this long is checked, ms. */
const minIdleMs = 30_000;
/** After a failed call, the connection is checked this often until a check succeeds or the circuit opens, ms. */
const suspicionMs = 10_000;
/** Part of the tightest quota that checks of an idle connection may use. */
const maxQuotaShare = 0.02;
const timeoutMs = 15_000;

/**
 * Notices within a minute or two that a platform is down, also while no pull is due and nobody reads: a cheap call when there was none
 * for a while, and more of them after a failure. The circuit of reads counts them, and opens after its failures. For the leader only.
 */
export async function runHeartbeat(
  { connection, clock }: { connection: Connection; clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const { circuits, connector } = connection;
  let lastCheckAt = clock.now();
  let suspectedAt: number | null = null;
  let knownFailures = 0;
  while (!signal.aborted) {
    await clock.sleep(tickMs, signal).catch(() => {});
    if (signal.aborted) return;
    const statuses = circuits.list();
    const read = statuses.find(({ kind }) => kind === "read");
    if (connection.pausedAt !== null || !read || read.state !== "closed") continue;
    const now = clock.now();
    const failures = statuses.reduce((sum, status) => sum + status.failures, 0);
    if (failures > knownFailures) suspectedAt = now;
    knownFailures = failures;
    const lastAnswerAt = Math.max(...statuses.map(({ lastSuccessAt }) => lastSuccessAt ?? 0));
    const isSuspected = suspectedAt !== null && (read.lastSuccessAt ?? 0) < suspectedAt;
    const isDue = isSuspected
      ? now - lastCheckAt >= suspicionMs
      : Math.min(now - lastCheckAt, now - lastAnswerAt) >= idleLimit(connection);
    if (!isDue) continue;
    lastCheckAt = now;
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    // The circuit has recorded the failure.
    await circuits.run("read", () => connector.check({ priority: "sync", signal: timeout })).catch(() => {});
  }
}

function idleLimit({ rateLimiter }: Connection): number {
  const spacings = Object.values(rateLimiter.left()).map(({ limit, windowMs }) => windowMs / (limit * maxQuotaShare));
  return Math.max(minIdleMs, ...spacings);
}
