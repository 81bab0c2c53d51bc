import { openTenantKeys } from "../security/keyring.ts";
import { newKey } from "../security/seal.ts";
import type { Coordination, CoordinationTiming } from "../store/coordination.ts";
import { openPostgresPool } from "../store/postgres/connection.ts";
import { openPostgresStore } from "../store/postgres/store.ts";
import { findWrappedKeys } from "../store/tables/tenants.ts";
import { openLog, type TenantLog } from "./log.ts";
import { followProjections } from "./projections/followProjections.ts";
import { startWriter } from "./writer/client.ts";

const masterKey = newKey();
export const fastTiming: CoordinationTiming = { heartbeatMs: 20, electionMs: 40, idleTimeoutMs: 5_000 };

/** What one process of several does with a database of PostgreSQL and the tenant acme, for tests of leadership. */
export interface Peer {
  name: string;
  log: TenantLog;
  coordination: Coordination;
  close(): Promise<void>;
}

export async function startPeer(url: string, name: string, timing: CoordinationTiming = fastTiming): Promise<Peer> {
  const postgres = { url, statementTimeoutMs: 60_000 };
  let coordination: Coordination | null = null;
  const leadership = {
    epochOf: (tenant: string) => coordination?.epochOf(tenant) ?? null,
    onAppended: (tenant: string, head: number) => coordination?.publishHead(tenant, head),
    onLost: (tenant: string) => coordination?.recheck(tenant),
  };
  const writer = startWriter({ postgres, masterKey, leadership });
  await writer.send({ kind: "ensureTenant", tenant: "acme", now: 0 });
  const store = openPostgresStore(openPostgresPool({ ...postgres, maxConnections: 3, applicationName: "test" }), url);
  const { shared } = store;
  if (!shared) throw new Error("a database of PostgreSQL is shared");
  const projections = followProjections(shared, writer);
  coordination = await shared.coordinate({
    ...{ process: name, tenants: ["acme"], isServing: true, isCandidate: true, timing },
    listener: {
      onLeading: (tenant) => writer.addFromLog(tenant, 0),
      onFollowing() {},
      onAppended: writer.addFromLog,
      onProjected: projections.onProjected,
      onAnnounced() {},
      onDisconnected() {},
    },
  });
  const tenantStore = store.forTenant("acme");
  const wrappedKeys = await findWrappedKeys(tenantStore);
  if (!wrappedKeys) throw new Error("the tenant was not stored");
  const keys = openTenantKeys(masterKey, "acme", wrappedKeys);
  const initial = await projections.start("acme");
  const tools = { announce() {}, publishInvalidation() {}, onAnnounced() {} };
  const log = openLog({ writer, store: tenantStore, keys, head: initial.head, now: () => 1_000, peers: { initial, ...tools } });
  return {
    ...{ name, log, coordination },
    async close() {
      await coordination?.close();
      await store.close();
      await writer.close();
    },
  };
}
