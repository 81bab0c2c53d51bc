import { type Connection, pullKind } from "../connections/connections.ts";
import type { StreamProgress } from "../sync/runner.ts";

/** What decided how old the data of an object was in a minute. */
export type AgeCause = "webhook" | "pull" | "failing" | "sign_in" | "not_running";

export interface DataAge {
  ms: number;
  cause: AgeCause;
}

export interface DataAgeSource {
  connection: Connection;
  object: string;
  progress: readonly StreamProgress[];
  /** When a webhook or subscription last reported the object, epoch ms; null when none did in the last day. */
  reportedAt: number | null;
  now: number;
}

/**
 * Up to when the stored data of an object is complete, as its age. While webhooks report the object and nothing fails, it is complete
 * until now. Otherwise it is as old as the last complete pull; during a failure, as old as the last sign of life before it.
 * @returns null when it cannot be known: nothing pulls the object, its first backfill is not complete, or the account cannot serve it,
 * or an operator has paused the connection
 */
export function dataAge({ connection, object, progress, reportedAt, now }: DataAgeSource): DataAge | null {
  // A pause is the decision of an operator.
  if (connection.pausedAt !== null) return null;
  const names = new Set(connection.connector.streams.filter(({ objects }) => objects.includes(object)).map(({ name }) => name));
  const streams = progress.filter(({ stream }) => names.has(stream));
  if (streams.length === 0 || streams.some(({ complete, problem }) => !complete || problem?.isUnavailable)) return null;
  const coveredUntil = Math.max(...streams.map((stream) => stream.coveredUntil ?? stream.lastPullAt ?? 0));
  const failure = connection.readFailure([object]);
  const problems = streams.flatMap(({ problem }) => problem ?? []);
  if (failure === null && problems.length === 0) {
    if (reportedAt !== null) return { ms: 0, cause: "webhook" };
    return { ms: Math.max(0, now - coveredUntil), cause: "pull" };
  }
  const kinds = new Set<string>(["read", ...[...names].map(pullKind)]);
  const openSince = connection.circuits.list().flatMap(({ kind, since }) => (kinds.has(kind) ? (since ?? []) : []));
  const since = Math.min(now, ...problems.map((problem) => problem.since), ...openSince);
  // Before the failure, webhooks had kept the data complete.
  const completeUntil = reportedAt === null ? coveredUntil : Math.max(coveredUntil, reportedAt, since);
  const cause = failure?.code === "invalid_credentials" ? "sign_in" : "failing";
  return { ms: Math.max(0, now - completeUntil), cause };
}
