import type { PoolClient, QueryResult } from "pg";
import { bindTenant } from "../queries.ts";
import { lastSequence } from "../tables/events.ts";
import type { TenantStore } from "../tenantStore.ts";
import type { WriterStore } from "../writerStore.ts";
import { openKysely, type PostgresPool, storableText, wholeNumber } from "./connection.ts";
import { withStoreErrors } from "./faults.ts";
import { lockProjections, publishInvalidations, requireLeader } from "./leaders.ts";
import { openPostgresAppendRows, openPostgresProjectionRows, type RowClient } from "./rows.ts";

/**
 * The writable side of PostgreSQL for one writer: one transaction at a time, on one connection. Several processes write at the same
 * time: each locks the heads of the logs that it appends to.
 */
export function openPostgresWriterStore(pool: PostgresPool): WriterStore {
  let client: PoolClient | null = null;
  let currentTenant: string | null = null;

  function openClient(): PoolClient {
    if (!client) throw new Error("the store was written outside a transaction");
    return client;
  }

  /** Inside the open transaction. */
  const query = async (text: string, values?: readonly unknown[]): Promise<QueryResult> =>
    await withStoreErrors(openClient().query(text, values?.map(storableText)));
  const rowClient: RowClient = { query: async (text, values) => (await query(text, values)) as never };
  const stores = new Map<string, TenantStore>();

  /** Reads of one tenant: inside the open transaction, or on a connection of the pool. */
  function openTenant(tenant: string): TenantStore {
    const connect = async () => {
      const transaction = client;
      if (!transaction) return await pool.connect(tenant);
      return { query: transaction.query.bind(transaction), release: () => {} } as unknown as PoolClient;
    };
    return bindTenant(openKysely(connect), tenant);
  }

  function end(error?: unknown): void {
    // A connection whose transaction could not be ended is not used again.
    client?.release(error !== undefined);
    client = null;
    currentTenant = null;
  }

  async function useTenant(tenant: string): Promise<void> {
    if (tenant === currentTenant) return;
    await query("select set_config('sidelight.tenant', $1, true)", [tenant]);
    currentTenant = tenant;
  }

  return {
    forTenant(tenant) {
      const store = stores.get(tenant) ?? openTenant(tenant);
      stores.set(tenant, store);
      return store;
    },
    appendRows: (tenant) => openPostgresAppendRows(rowClient, tenant),
    projectionRows: (tenant) => openPostgresProjectionRows(rowClient, tenant),
    listTenants: () => pool.db.selectFrom("tenants").selectAll().execute(),
    async execute({ sql, parameters }) {
      return (await query(sql, parameters.map(wholeNumber))).rowCount ?? 0;
    },
    async begin({ isDurable }) {
      client = await pool.connect(null);
      await query(`begin; set local synchronous_commit = ${isDurable ? "on" : "off"}`);
    },
    useTenant,
    async head(tenant) {
      return await lastSequence(openTenant(tenant));
    },
    async lockHead(tenant) {
      await useTenant(tenant);
      await query("insert into log_heads (tenant, sequence) values ($1, 0) on conflict do nothing", [tenant]);
      const { rows } = await query("select sequence from log_heads where tenant = $1 for update", [tenant]);
      return (rows[0] as { sequence: number }).sequence;
    },
    async saveHead(tenant, sequence) {
      await query("update log_heads set sequence = $2 where tenant = $1", [tenant, sequence]);
    },
    requireLeader: (tenant, epoch, mode) => requireLeader(rowClient, tenant, epoch, mode),
    lockProjections: (tenant) => lockProjections(rowClient, tenant),
    async publishInvalidations(tenant, dependencies) {
      await useTenant(tenant);
      return await publishInvalidations(rowClient, tenant, dependencies);
    },
    async commit() {
      await query("commit");
      end();
    },
    async rollback() {
      if (!client) return;
      try {
        await client.query("rollback");
        end();
      } catch (error) {
        end(error);
      }
    },
    async savepoint(work) {
      await query("savepoint part");
      try {
        const result = await work();
        await query("release savepoint part");
        return result;
      } catch (error) {
        await query("rollback to savepoint part");
        throw error;
      }
    },
    async touch() {
      await query("select pg_current_xact_id()");
    },
    close: pool.close,
  };
}
