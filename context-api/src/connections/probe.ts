import type { Clock } from "@sidelight/model/clock.ts";
import type { CallKind } from "./circuits.ts";
import type { Connection } from "./connections.ts";

const intervalMs = 1_000;
/** A probe that gets no answer, or no quota, ends after this time, ms. */
const timeoutMs = 15_000;
/** A half-open circuit for writes is left to its deliveries for this long. After that, none is waiting that could be the probe. */
const writeGraceMs = 30_000;

/**
 * Probes the open circuits of a connection without calls, so that it recovers without traffic. Pulls are their own probes,
 * because they run on schedule.
 */
export async function runProbes(
  { connection, clock }: { connection: Connection; clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const { circuits, connector } = connection;
  while (!signal.aborted) {
    await clock.sleep(intervalMs, signal).catch(() => {});
    if (signal.aborted) return;
    if (connection.pausedAt !== null) continue;
    await circuits.probe(probedKinds(connection, clock.now()), async () => {
      const timeout = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      await connector.check({ priority: "sync", signal: timeout });
    });
  }
}

function probedKinds({ circuits }: Connection, now: number): CallKind[] {
  return circuits.list().flatMap(({ kind, state }) => {
    const halfOpenSince = circuits.of(kind).halfOpenSince();
    if (state !== "half-open" || kind.startsWith("pull.")) return [];
    return kind === "read" || (halfOpenSince !== null && now - halfOpenSince >= writeGraceMs) ? [kind] : [];
  });
}
