import { createHash, type KeyObject } from "node:crypto";
import { projectionDigest } from "../log/replay/digest.ts";
import { rebuild } from "../log/replay/rebuild.ts";
import { startWriter } from "../log/writer/client.ts";
import { openTenantKeys, type TenantKeys, unwrapDataKey } from "../security/keyring.ts";
import { masterKey } from "../security/masterKey.ts";
import { storeLocation } from "../store/location.ts";
import { lockStore } from "../store/lock.ts";
import { openPostgresPool, type PostgresPool } from "../store/postgres/connection.ts";
import { migratePostgres } from "../store/postgres/migrate.ts";
import { openPostgresWriterStore } from "../store/postgres/writerStore.ts";
import { openStore, type Store } from "../store/store.ts";
import { lastSequence } from "../store/tables/events.ts";
import { copyTable, type TransferTable, tableContent, transferTables } from "../store/transfer.ts";
import type { WriterStore } from "../store/writerStore.ts";
import { version } from "../telemetry/version.ts";
import { type CommandContext, dataDirectory, storeFile } from "./environment.ts";
import { CommandError, UsageError } from "./errors.ts";
import { requireStore } from "./storeFile.ts";

export interface MigrateOptions {
  from?: string;
  to?: string;
}

/** A statement of a copy is small, a rebuild reads whole tables. */
const statementTimeoutMs = 600_000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * `sidelight migrate`: brings the schema of the store up to date, before processes of a new version start. Those of the previous version
 * may run. With `--from sqlite --to postgres` it moves the store.
 */
export async function migrate({ from, to }: MigrateOptions, context: CommandContext): Promise<number> {
  if (from === undefined && to === undefined) return await updateSchema(context);
  if (from !== "sqlite" || to !== "postgres") throw new UsageError("Use --from sqlite --to postgres, or neither of them.");
  return await moveStore(context);
}

async function updateSchema({ env }: CommandContext): Promise<number> {
  const location = storeLocation(env, dataDirectory(env));
  // The file belongs to the process that serves it, which also migrates it.
  const lock = "file" in location ? await lockStore(dataDirectory(env)) : null;
  try {
    const writer = startWriter({ ...location, masterKey: await masterKey(dataDirectory(env), env) });
    try {
      await writer.send({ kind: "probe" });
    } finally {
      await writer.close();
    }
    print(`The schema of the store is that of Sidelight ${version}.`);
    return 0;
  } finally {
    lock?.release();
  }
}

/**
 * Copies the embedded store into an empty database, compares both and rebuilds the
 * projections there. One transaction: the database has everything afterwards, or nothing. The embedded store stays as it is.
 */
async function moveStore({ env }: CommandContext): Promise<number> {
  const location = storeLocation(env, dataDirectory(env));
  if ("file" in location) throw new UsageError("Set SIDELIGHT_DATABASE_URL to the empty database that receives the store.");
  await requireStore({ ...env, SIDELIGHT_DATABASE_URL: "" });
  const lock = await lockStore(dataDirectory(env));
  try {
    const key = await masterKey(dataDirectory(env), env, false);
    await completeProjections(storeFile(env), key);
    const pool = openPostgresPool({
      url: location.postgres.url,
      statementTimeoutMs,
      maxConnections: 2,
      isPipelined: true,
      applicationName: "sidelight migrate",
    });
    try {
      await migratePostgres(pool.db);
      await copyInto(pool, storeFile(env), key);
    } finally {
      await pool.close();
    }
    printNextSteps(env);
    return 0;
  } finally {
    lock.release();
  }
}

/** Brings the file up to date: its schema, and its projections with all events that were acknowledged. */
async function completeProjections(file: string, key: KeyObject): Promise<void> {
  const writer = startWriter({ file, masterKey: key });
  try {
    // The writer answers after the migrations, which reading needs.
    await writer.send({ kind: "probe" });
    const store = openStore(file);
    try {
      for (const { tenant } of await store.listTenants()) await writer.send({ kind: "ensureTenant", tenant, now: Date.now() });
    } finally {
      await store.close();
    }
  } finally {
    await writer.close();
  }
}

/** @throws {CommandError} when the database is not empty, or does not contain the same afterwards */
async function copyInto(pool: PostgresPool, file: string, key: KeyObject): Promise<void> {
  const tables = await transferTables(file);
  const source = openStore(file);
  const target = openPostgresWriterStore(pool);
  try {
    await requireEmpty(target);
    await target.begin({ isDurable: true });
    for (const { tenant, ...wrappedKeys } of await source.listTenants()) {
      await target.useTenant(tenant);
      print(await copyTenant(source, target, tables, openTenantKeys(key, tenant, wrappedKeys)));
    }
    await target.commit();
  } catch (error) {
    await target.rollback();
    throw error;
  } finally {
    await source.close();
  }
}

async function requireEmpty(target: WriterStore): Promise<void> {
  const tenants = await target.listTenants();
  if (tenants.length === 0) return;
  const names = tenants.map(({ tenant }) => tenant).join(", ");
  throw new CommandError(`The database already has a store, of ${names}. Set SIDELIGHT_DATABASE_URL to an empty database.`);
}

/** Copies one tenant and verifies the copy. @returns the line of the report */
async function copyTenant(
  source: Store,
  target: WriterStore,
  tables: readonly TransferTable[],
  keys: TenantKeys,
): Promise<string> {
  const from = source.forTenant(keys.tenant);
  const to = target.forTenant(keys.tenant);
  const hash = createHash("sha256");
  let rowCount = 0;
  for (const table of tables) {
    const original = await copyTable(from, to, target.execute, table);
    const copy = await tableContent(to, table);
    if (copy.rows !== original.rows || copy.digest !== original.digest)
      throw new CommandError(
        `${keys.tenant}: the copy of ${table.name} differs (${original.rows} rows, ${copy.rows} copied). Nothing was kept. Report this.`,
      );
    hash.update(`${table.name} ${copy.rows} ${copy.digest}\n`);
    rowCount += copy.rows;
  }
  await target.lockHead(keys.tenant);
  await target.saveHead(keys.tenant, await lastSequence(from));
  await requireSameRebuild(source, target, keys);
  return `${keys.tenant}  ${rowCount} rows of ${tables.length} tables  digest ${hash.digest("hex")}  rebuild equal`;
}

async function requireSameRebuild(source: Store, target: WriterStore, keys: TenantKeys): Promise<void> {
  const original = await projectionDigest({ store: source.forTenant(keys.tenant), keys });
  await rebuild({ store: target, keys, openSubjectKey: (subject, wrappedKey) => unwrapDataKey(keys, subject, wrappedKey) });
  const rebuilt = await projectionDigest({ store: target.forTenant(keys.tenant), keys });
  if (rebuilt === original) return;
  throw new CommandError(
    `${keys.tenant}: the projections that were rebuilt in the database differ from those of the file. Nothing was kept. Run sidelight replay --rebuild with the file, then try again.`,
  );
}

function printNextSteps(env: NodeJS.ProcessEnv): void {
  const keySource = env["SIDELIGHT_MASTER_KEY"] ? "SIDELIGHT_MASTER_KEY" : `${dataDirectory(env)}/master.key`;
  print(`
Next:
  1. Give every process SIDELIGHT_DATABASE_URL and the master key (${keySource}).
  2. Start sidelight serve. Run sidelight doctor beside it.
  3. Back up the database: pg_dump, or continuous archiving. sidelight backup copies files only.
  4. Keep ${storeFile(env)} until you trust the database, then delete it. It is unchanged: what arrives from now on is not in it.`);
}
