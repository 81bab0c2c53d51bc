import { randomUUID } from "node:crypto";
import type { Connection } from "../connections/connections.ts";
import { saveObservation } from "../store/tables/observations.ts";
import type { Tenant } from "./tenant.ts";

/** The key under which the last complete fetch of one customer from one connection is stored. */
export const scopeKey = (tenant: Pick<Tenant, "log">, connection: Connection, node: string): string =>
  tenant.log.identifier("scope", `${connection.id}\n${node}`);

/** Stores that these connections have just returned everything they hold about a customer. `at` is epoch ms. */
export async function recordObservations(
  tenant: Tenant,
  node: string,
  fetches: readonly { connection: Connection; at: number }[],
): Promise<void> {
  if (fetches.length === 0) return;
  const { log } = tenant;
  const scopes = fetches.map(({ connection, at }) => ({ key: scopeKey(tenant, connection, node), at }));
  const statements = scopes.map(({ key, at }) => saveObservation(log.store, key, at));
  await log.commit({ statements, correlationId: `read-${randomUUID()}` });
  for (const { key } of scopes) log.invalidate(key);
}
