import { Socket } from "node:net";
import { Kysely, PostgresDialect } from "kysely";
import { type CustomTypesConfig, Pool, type PoolClient, types } from "pg";
import type { Database } from "../schema.ts";
import type { PoolUse } from "../store.ts";
import { storeErrorOf, withStoreErrors } from "./faults.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. Never logged. */
  url: string;
  /** Connections of this pool. */
  maxConnections: number;
  /** A statement that takes longer is ended, in ms. */
  statementTimeoutMs: number;
  /** A transaction that waits longer for its process is rolled back, in ms: a frozen process must not keep locks. */
  idleInTransactionMs?: number;
  /** Sends queries of one connection without waiting for the answer of the one before, which the writer does. */
  isPipelined?: boolean;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
}

/** The pool of one purpose: reads, or the writer. */
export interface PostgresPool {
  /** The rows of one tenant: row-level security hides all others. */
  forTenant(tenant: string): Kysely<Database>;
  /** Tables without tenants' rows, and migrations. */
  db: Kysely<Database>;
  connect(tenant: string | null): Promise<PoolClient>;
  use(): PoolUse;
  close(): Promise<void>;
}

/** Kysely on connections that somebody else opens. It returns each of them after one query. */
export function openKysely(connect: () => Promise<PoolClient>): Kysely<Database> {
  const connectRounded = async () => {
    const client = await connect();
    return {
      query: (text: string, values: readonly unknown[]) => withStoreErrors(client.query(text, values.map(toParameter))),
      release: () => client.release(),
    };
  };
  return new Kysely({ dialect: new PostgresDialect({ pool: { connect: connectRounded, end: async () => {} } as never }) });
}

/** Instants that were computed may have a fraction, which a bigint does not take. */
export const wholeNumber = (value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? Math.round(value) : value;

/**
 * Texts of PostgreSQL cannot contain NUL, which a platform may send. It becomes the replacement character, the same in a row and in a
 * search for it.
 */
export function storableText(value: unknown): unknown {
  if (typeof value === "string") return value.includes("\0") ? value.replaceAll("\0", "\ufffd") : value;
  return Array.isArray(value) ? value.map(storableText) : value;
}

/** A value as PostgreSQL can store it. */
export const toParameter = (value: unknown): unknown => storableText(wholeNumber(value));

/** An 8-byte integer. Ours are instants, sequences and counts, which a number holds exactly. */
const int8 = types.builtins.INT8;
/** A sum of integers is numeric. */
const numeric = types.builtins.NUMERIC;

export const typeParsers = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === int8 || oid === numeric ? Number : types.getTypeParser(oid, format as never),
} as CustomTypesConfig;

/** Sends the queries of one turn of the event loop with one system call, which costs more than most queries. */
class TurnSocket extends Socket {
  #isHoldingBack = false;

  /** The client calls it before it writes the messages of a query. */
  override cork(): void {
    super.cork();
    if (this.#isHoldingBack) return;
    this.#isHoldingBack = true;
    super.cork();
    process.nextTick(() => {
      this.#isHoldingBack = false;
      this.uncork();
    });
  }
}

export function openPostgresPool(options: PostgresOptions): PostgresPool {
  const { url, maxConnections, statementTimeoutMs, applicationName } = options;
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionMs ?? 4 * statementTimeoutMs,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: applicationName,
    types: typeParsers,
    pipeline: options.isPipelined ?? false,
    stream: () => new TurnSocket(),
  });
  // An idle connection that breaks is replaced. The next query reports a database that cannot be reached.
  pool.on("error", () => {});
  // So does the next query of a transaction whose connection breaks between two queries: a restart of the server ends those too.
  pool.on("connect", (client) => client.on("error", () => {}));
  const tenants = new WeakMap<PoolClient, string | null>();

  /** The setting stays with the connection, so that most queries need no statement for it. */
  async function connect(tenant: string | null): Promise<PoolClient> {
    const client = await withStoreErrors(pool.connect());
    if (tenants.get(client) === tenant) return client;
    try {
      await client.query("select set_config('sidelight.tenant', $1, false)", [tenant ?? ""]);
    } catch (error) {
      client.release(true);
      throw storeErrorOf(error);
    }
    tenants.set(client, tenant);
    return client;
  }

  const kyselyOf = (tenant: string | null) => openKysely(() => connect(tenant));
  const databases = new Map<string, Kysely<Database>>();

  return {
    db: kyselyOf(null),
    forTenant(tenant) {
      const db = databases.get(tenant) ?? kyselyOf(tenant);
      databases.set(tenant, db);
      return db;
    },
    connect,
    use: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  };
}
