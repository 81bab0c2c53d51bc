import type { KeyObject } from "node:crypto";
import type { Statement as Prepared } from "better-sqlite3";
import { LRUCache } from "lru-cache";
import { dataKeyCache, newTenantKeys, openTenantKeys, type TenantKeys, unwrapDataKey } from "../../security/keyring.ts";
import { migrate, openSqlite } from "../../store/sqlite.ts";
import type { Statement } from "../../store/statement.ts";
import { openUnit, type Unit } from "../projections/projector.ts";
import { openRows, type Rows } from "../projections/rows.ts";
import { rebuild } from "../replay/rebuild.ts";
import { forgetDeliveries, forgetQuarantined, forgetReceived } from "../retention/deleteExpired.ts";
import { prune } from "../retention/prune.ts";
import { appendEvents, appendQuarantine, appendRecords } from "./append.ts";
import type { CommitRequest, Committed, Stages, WriterMessage, WriterOptions, WriterReply, WriterRequest } from "./protocol.ts";
import { rotateMaster, rotateTenant } from "./rotate.ts";

export interface Writer {
  run(messages: WriterMessage[]): Promise<WriterReply[]>;
  close(): Promise<void>;
}

/** Opens the writable side of the embedded store. Exactly one may exist for a file. */
export async function openWriter({ file, masterKey }: WriterOptions): Promise<Writer> {
  const { db, raw, close } = openSqlite(file, "write");
  await migrate(db);
  const tenants = new Map<string, TenantKeys>();
  const heads = new Map<string, number>();
  const dataKeys = dataKeyCache();
  const statements = new LRUCache<string, Prepared>({ max: 1_000 });
  const rows = new Map<string, Rows>();

  return { run, close };

  /** Commits all requests at once; should one of them fail, each is tried alone and only that one is refused. */
  async function run(messages: WriterMessage[]): Promise<WriterReply[]> {
    const together = await transaction(messages);
    if (together || messages.length === 1) return together ?? [];
    const replies: WriterReply[] = [];
    for (const message of messages) replies.push(...((await transaction([message])) ?? []));
    return replies;
  }

  /** Null when a group of several failed and was rolled back. A single failing request yields its error. */
  async function transaction(messages: WriterMessage[]): Promise<WriterReply[] | null> {
    raw.exec("begin immediate");
    try {
      const replies: WriterReply[] = [];
      for (const { id, request } of messages) replies.push({ id, result: await apply(request) });
      raw.exec("commit");
      return replies;
    } catch (error) {
      raw.exec("rollback");
      heads.clear();
      tenants.clear();
      // A key that was drawn in this transaction is gone: its subject gets another.
      dataKeys.clear();
      if (messages.length > 1) return null;
      return [{ id: messages[0]!.id, error: error instanceof Error ? error.message : "the write failed" }];
    }
  }

  async function apply(request: WriterRequest): Promise<Committed> {
    switch (request.kind) {
      case "ensureTenant":
        await ensureTenant(request.tenant, request.now);
        return { head: await head(request.tenant), appended: 0, unchanged: 0, bumped: [], events: [] };
      case "commit":
        return await commit(request);
      case "prune":
        return await pruned(request);
      case "rotateTenant":
      case "rotateMaster":
        return await rotated(request);
      case "rebuild": {
        const keys = await keysOf(request.tenant);
        const bumped = await rebuild(db, rowsOf(request.tenant), keys, (subject, wrapped) => dataKey(keys, subject, wrapped));
        return { head: await head(request.tenant), appended: 0, unchanged: 0, bumped: [...bumped], events: [] };
      }
    }
  }

  async function pruned({
    tenant,
    before,
    quarantineBefore,
    now,
  }: Extract<WriterRequest, { kind: "prune" }>): Promise<Committed> {
    const { events } = await prune(db, tenant, before, now);
    await forgetReceived(db, tenant, now);
    await forgetDeliveries(db, tenant, before);
    if (quarantineBefore !== undefined) await forgetQuarantined(db, tenant, quarantineBefore);
    return { head: await head(tenant), appended: events, unchanged: 0, bumped: [], events: [] };
  }

  async function rotated(request: Extract<WriterRequest, { kind: "rotateTenant" | "rotateMaster" }>): Promise<Committed> {
    const count =
      request.kind === "rotateMaster"
        ? await rotateMaster(db, masterKey, request.to)
        : await rotateTenant(db, masterKey, await keysOf(request.tenant));
    tenants.clear();
    return { head: 0, appended: count, unchanged: 0, bumped: [], events: [] };
  }

  async function commit(request: CommitRequest): Promise<Committed> {
    const { tenant, events, records, quarantine, receivedAt, stages, statements: others } = request;
    for (const statement of others) execute(statement);
    if (events.length + records.length + quarantine.length === 0)
      return { head: await head(tenant), appended: 0, unchanged: 0, bumped: [], events: [] };
    const unit = await open(tenant);
    const receipt = { ...request, stages: stages && JSON.stringify(withAppended(stages)) };
    // Records first: what is known of a customer by an event's own message is known when the event comes.
    const appended = await appendRecords(unit, records, { ...receipt, stages: null });
    const received = await appendEvents(unit, events, receipt);
    for (const message of quarantine) await appendQuarantine(unit, message, receivedAt);
    const bumped = await unit.flush();
    heads.set(tenant, unit.head());
    return { head: unit.head(), appended, unchanged: records.length - appended, bumped: [...bumped], events: received };
  }

  async function open(tenant: string): Promise<Unit> {
    const keys = await keysOf(tenant);
    const openSubjectKey = (subject: string, wrapped: Buffer) => dataKey(keys, subject, wrapped);
    return openUnit({ rows: rowsOf(tenant), keys, head: await head(tenant), openSubjectKey });
  }

  function prepare(sql: string): Prepared {
    const known = statements.get(sql);
    if (known) return known;
    const prepared = raw.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  }

  function rowsOf(tenant: string): Rows {
    const known = rows.get(tenant) ?? openRows(prepare, tenant);
    rows.set(tenant, known);
    return known;
  }

  function execute({ sql, parameters }: Statement): void {
    prepare(sql).run(...(parameters as unknown[]));
  }

  async function head(tenant: string): Promise<number> {
    const known = heads.get(tenant);
    if (known !== undefined) return known;
    const row = await db
      .selectFrom("events")
      .select((e) => e.fn.max("sequence").as("head"))
      .where("tenant", "=", tenant)
      .executeTakeFirst();
    heads.set(tenant, row?.head ?? 0);
    return row?.head ?? 0;
  }

  async function keysOf(tenant: string): Promise<TenantKeys> {
    const known = tenants.get(tenant);
    if (known) return known;
    const wrapped = await db.selectFrom("tenants").selectAll().where("tenant", "=", tenant).executeTakeFirst();
    if (!wrapped) throw new Error(`unknown tenant ${tenant}`);
    const keys = openTenantKeys(masterKey, tenant, wrapped);
    tenants.set(tenant, keys);
    return keys;
  }

  async function ensureTenant(tenant: string, now: number): Promise<void> {
    await db
      .insertInto("tenants")
      .values({ tenant, ...newTenantKeys(masterKey, tenant), created_at: now })
      .onConflict((c) => c.doNothing())
      .execute();
    await keysOf(tenant);
  }

  function dataKey(keys: TenantKeys, subject: string, wrapped: Buffer): KeyObject {
    const name = `${keys.tenant}\n${subject}`;
    const opened = dataKeys.get(name) ?? unwrapDataKey(keys, subject, wrapped);
    dataKeys.set(name, opened);
    return opened;
  }
}

/** The moment of appending, on the clock of whoever asked for it. */
function withAppended({ authenticatedAt, parsedAt, wall }: Stages) {
  return { authenticatedAt, parsedAt, appendedAt: parsedAt + Math.max(0, Date.now() - wall) };
}
