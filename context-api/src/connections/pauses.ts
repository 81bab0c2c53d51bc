import type { Clock } from "@sidelight/model/clock.ts";
import type { TenantLog } from "../log/log.ts";
import { listPausedConnections } from "../store/tables/pausedConnections.ts";
import type { Connection } from "./connections.ts";

// An operator pauses a connection in one process, and all processes stop calling it.

/** Announced when a connection was paused or resumed. */
export const pausesTopic = "connections paused";
/** An announcement that is lost only delays. */
const checkMs = 60_000;

/** Applies the stored pauses to the connections of this process. */
export async function loadPauses({ store }: Pick<TenantLog, "store">, connections: readonly Connection[]): Promise<void> {
  const pauses = new Map((await listPausedConnections(store)).map((row) => [row.connection, row.paused_at]));
  for (const connection of connections) connection.pausedAt = pauses.get(connection.id) ?? null;
}

/** Keeps the pauses current until the signal is aborted. */
export async function followPauses(
  { log, connections, clock }: { log: TenantLog; connections: readonly Connection[]; clock: Pick<Clock, "sleep"> },
  signal: AbortSignal,
): Promise<void> {
  const load = (): Promise<void> => loadPauses(log, connections).catch(() => {});
  const unsubscribe = log.onAnnounced((topic) => {
    if (topic === pausesTopic) void load();
  });
  try {
    while (!signal.aborted) {
      await clock.sleep(checkMs, signal).catch(() => {});
      if (!signal.aborted) await load();
    }
  } finally {
    unsubscribe();
  }
}
