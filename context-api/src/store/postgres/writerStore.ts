import type { PoolClient, QueryResult } from "pg";
import { chunks } from "../chunks.ts";
import { bindTenant } from "../queries.ts";
import type { Statement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";
import type { WriterStore } from "../writerStore.ts";
import { openKysely, type PostgresPool, storableText, wholeNumber } from "./connection.ts";
import { storeErrorOf } from "./faults.ts";
import { lockProjections, publishInvalidations, requireLeader } from "./leaders.ts";
import { openPostgresAppendRows, openPostgresProjectionRows, type RowClient } from "./rows.ts";

/** Statements that are sent before their answers are read. To send more at once would delay other work of the process. */
const maxPipelined = 100;

/**
 * The writable side of PostgreSQL for one writer: one transaction at a time, on one connection. Several processes write at the same
 * time: each locks the heads of the logs that it appends to.
 *
 * Statements are sent in the order of their calls, without waiting for the answer of the one before. The server executes them in that
 * order. After one that fails it refuses the others, so all of them report the error of the first.
 */
export function openPostgresWriterStore(pool: PostgresPool): WriterStore {
  let client: PoolClient | null = null;
  let currentTenant: string | null = null;
  /** Why the server refuses the statements of the open transaction. */
  let failure: { reason: unknown } | null = null;

  function openClient(): PoolClient {
    if (!client) throw new Error("the store was written outside a transaction");
    return client;
  }

  /** Inside the open transaction. It is sent during the call. */
  async function query(text: string, values?: readonly unknown[]): Promise<QueryResult> {
    const answer = openClient().query(text, values?.map(storableText));
    try {
      return await answer;
    } catch (error) {
      failure ??= { reason: storeErrorOf(error) };
      throw failure.reason;
    }
  }

  /** Sends a statement without a result. When it fails, the next ones report it. */
  const send = (text: string, values?: readonly unknown[]): void => void query(text, values).catch(() => {});

  function useTenant(tenant: string): void {
    if (tenant === currentTenant) return;
    send("select set_config('sidelight.tenant', $1, true)", [tenant]);
    currentTenant = tenant;
  }

  /** Queries on the rows of one tenant. Several may be under way at the same time, also for several tenants. */
  const rowClient = (tenant: string): RowClient => ({
    async query(text, values) {
      useTenant(tenant);
      return (await query(text, values)) as never;
    },
  });
  const stores = new Map<string, TenantStore>();

  /** Reads of one tenant: inside the open transaction, or on a connection of the pool. */
  function openTenant(tenant: string): TenantStore {
    const connect = async () => {
      if (!client) return await pool.connect(tenant);
      const queryTenant = (text: string, values: readonly unknown[]) => {
        useTenant(tenant);
        return query(text, values);
      };
      return { query: queryTenant, release: () => {} } as unknown as PoolClient;
    };
    return bindTenant(openKysely(connect), tenant);
  }

  function end(error?: unknown): void {
    failure = null;
    // A connection whose transaction could not be ended is not used again.
    client?.release(error !== undefined);
    client = null;
    currentTenant = null;
  }

  async function execute({ sql, parameters }: Statement): Promise<number> {
    return (await query(sql, parameters.map(wholeNumber))).rowCount ?? 0;
  }

  return {
    forTenant(tenant) {
      const store = stores.get(tenant) ?? openTenant(tenant);
      stores.set(tenant, store);
      return store;
    },
    appendRows: (tenant) => openPostgresAppendRows(rowClient(tenant), tenant),
    projectionRows: (tenant) => openPostgresProjectionRows(rowClient(tenant), tenant),
    listTenants: () => pool.db.selectFrom("tenants").selectAll().execute(),
    execute,
    async executeAll(statements) {
      const changes: number[] = [];
      for (const part of chunks(statements, maxPipelined)) changes.push(...(await Promise.all(part.map(execute))));
      return changes;
    },
    async begin({ isDurable }) {
      client = await pool.connect(null);
      // It is waited for: without a transaction, each later statement would be one of its own.
      await query(`begin; set local synchronous_commit = ${isDurable ? "on" : "off"}`);
    },
    useTenant,
    async head(tenant) {
      const { rows } = await rowClient(tenant).query<{ last: number }>(
        "select coalesce(max(sequence), 0) as last from events where tenant = $1",
        [tenant],
      );
      return rows[0]?.last ?? 0;
    },
    async lockHead(tenant) {
      const rows = rowClient(tenant);
      const lock = () =>
        rows.query<{ sequence: number }>("select sequence from log_heads where tenant = $1 for update", [tenant]);
      const [head] = (await lock()).rows;
      if (head) return head.sequence;
      // The first append to a log.
      const [, locked] = await Promise.all([
        rows.query("insert into log_heads (tenant, sequence) values ($1, 0) on conflict do nothing", [tenant]),
        lock(),
      ]);
      return locked.rows[0]?.sequence ?? 0;
    },
    async saveHead(tenant, sequence) {
      await rowClient(tenant).query("update log_heads set sequence = $2 where tenant = $1", [tenant, sequence]);
    },
    requireLeader: (tenant, epoch, mode) => requireLeader(rowClient(tenant), tenant, epoch, mode),
    lockProjections: (tenant) => lockProjections(rowClient(tenant), tenant),
    publishInvalidations: (tenant, dependencies) => publishInvalidations(rowClient(tenant), tenant, dependencies),
    async commit() {
      const { command } = await query("commit");
      // The server's answer to a transaction in which a statement failed.
      if (command === "ROLLBACK") throw new Error("a statement of the transaction failed", { cause: failure?.reason });
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
      const tenant = currentTenant;
      send("savepoint part");
      try {
        const result = await work();
        await query("release savepoint part");
        return result;
      } catch (error) {
        await query("rollback to savepoint part");
        failure = null;
        // The setting of the tenant is undone too.
        currentTenant = tenant;
        throw error;
      }
    },
    async touch() {
      await query("select pg_current_xact_id()");
    },
    close: pool.close,
  };
}
