import type { Coordination, CoordinationListener, CoordinationTiming, ProjectionChanges } from "./coordination.ts";
import { openErrorOf } from "./openError.ts";
import { bindTenant } from "./queries.ts";
import type { TenantsTable } from "./schema.ts";
import { openSqlite, type SqliteHandle } from "./sqlite.ts";
import type { TenantStore } from "./tenantStore.ts";

export interface Store {
  forTenant(tenant: string): TenantStore;
  /** Every tenant of the store, with its wrapped keys. */
  listTenants(): Promise<TenantsTable[]>;
  /** What its processes coordinate with; null for the embedded store, which one process uses. */
  readonly shared: SharedStore | null;
  close(): Promise<void>;
}

/** A store that several processes use. */
export interface SharedStore {
  coordinate(options: CoordinationOptions): Promise<Coordination>;
  /** @param consumer the projector's name @param after everything that is kept when it is 0 */
  changesSince(tenant: string, consumer: string, after: number): Promise<ProjectionChanges>;
  /** Whether row-level security does not bind the database's role. */
  isRoleUnbound(): Promise<boolean>;
  connections(): PoolUse;
}

export interface CoordinationOptions {
  /** Names this process in the table of leaders. */
  process: string;
  /** The tenants that this process serves. */
  tenants: readonly string[];
  /** False for a command, which may run beside another one that has locked the database. */
  isServing: boolean;
  /** True makes this process a candidate for the leadership of its tenants. */
  isCandidate: boolean;
  timing: CoordinationTiming;
  listener: CoordinationListener;
}

/** Connections of a pool. */
export interface PoolUse {
  open: number;
  idle: number;
  /** Requests that wait for a connection. */
  waiting: number;
}

function openReadable(file: string): SqliteHandle {
  try {
    return openSqlite(file, "read");
  } catch (error) {
    throw openErrorOf(file, error);
  }
}

/** Opens the embedded store for reading. The writer must have brought the schema up to date before. */
export function openStore(file: string): Store {
  const { db, select, close } = openReadable(file);
  return {
    forTenant: (tenant) => bindTenant(db, tenant, select),
    listTenants: () => db.selectFrom("tenants").selectAll().execute(),
    shared: null,
    close,
  };
}
