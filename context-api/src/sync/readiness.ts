import type { Connection } from "../connections/connections.ts";
import type { Sync } from "./runner.ts";

/** A tenant's connections with the pulls that fill the store from them. */
export interface Filling {
  tenant: { id: string; connections: readonly Connection[] };
  syncs: ReadonlyMap<string, Sync>;
}

/** True once every stream of every connection has been filled for the first time; else what is missing. */
export function readiness(tenants: Iterable<Filling>): { ready: boolean; reasons: string[] } {
  const reasons: string[] = [];
  for (const { tenant, syncs } of tenants) {
    for (const connection of tenant.connections) {
      const progress = syncs.get(connection.id)?.progress() ?? [];
      const expected = connection.connector.streams.length;
      const complete = progress.filter((p) => p.complete).length;
      if (complete < expected) {
        reasons.push(`${tenant.id}: first backfill of ${connection.id} has ${complete} of ${expected} streams`);
      }
    }
  }
  return { ready: reasons.length === 0, reasons };
}
