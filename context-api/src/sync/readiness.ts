import type { Connection } from "../connections/connections.ts";
import type { ConnectionStates } from "./connectionStates.ts";

/** A tenant's connections with their sync. */
export interface SyncedTenant {
  tenant: { id: string; connections: readonly Connection[] };
  states: Pick<ConnectionStates, "of">;
}

/**
 * Ready once the first backfill of every stream is complete, except those that the account cannot serve; otherwise the reasons name
 * what is missing. An account that serves no stream at all is connected wrongly.
 */
export function readiness(tenants: Iterable<SyncedTenant>): { ready: boolean; reasons: string[] } {
  const reasons: string[] = [];
  for (const { tenant, states } of tenants) {
    for (const connection of tenant.connections) {
      const progress = states.of(connection).streams;
      const expected = connection.connector.streams.length;
      const complete = progress.filter((p) => p.complete || p.problem?.isUnavailable).length;
      const [unavailable] = progress.flatMap((p) => (p.problem?.isUnavailable && !p.complete ? [p.problem.message] : []));
      if (complete < expected) {
        reasons.push(`${tenant.id}: first backfill of ${connection.id} has ${complete} of ${expected} streams`);
      } else if (unavailable !== undefined && !progress.some((p) => p.complete)) {
        reasons.push(`${tenant.id}: no stream of ${connection.id} can be pulled: ${unavailable}`);
      }
    }
  }
  return { ready: reasons.length === 0, reasons };
}
