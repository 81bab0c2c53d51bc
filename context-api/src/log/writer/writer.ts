import type { KeyObject } from "node:crypto";
import { dataKeyCache, newTenantKeys, openTenantKeys, type TenantKeys, unwrapDataKey } from "../../security/keyring.ts";
import { storeFaultOf } from "../../store/faults.ts";
import { lastSequence } from "../../store/tables/events.ts";
import { findWrappedKeys, insertTenant } from "../../store/tables/tenants.ts";
import { openWriterStore, type WriterStore } from "../../store/writerStore.ts";
import { openProjectionBatch, type ProjectionBatch } from "../projections/projectionBatch.ts";
import { rebuild } from "../replay/rebuild.ts";
import { requirePlausibleClock } from "../retention/clockCheck.ts";
import { deleteExpired, pruneHistory } from "../retention/prune.ts";
import { appendEvents, appendQuarantine, appendRecords } from "./append.ts";
import { serializeWriteError, UnknownTenantError } from "./errors.ts";
import type { CommitRequest, Committed, Stages, WriterMessage, WriterOptions, WriterReply, WriterRequest } from "./protocol.ts";
import { rotateMaster, rotateTenant } from "./rotate.ts";

export interface Writer {
  run(messages: WriterMessage[]): Promise<WriterReply[]>;
  close(): Promise<void>;
}

const emptyResult = { appended: 0, unchanged: 0, invalidated: [], events: [] };

/**
 * Opens the writable side of the embedded store. Only one may exist for a file.
 * @throws {StoreOpenError} or {@link WrongMasterKeyError}
 */
export async function openWriter({ file, masterKey, mustExist = false }: WriterOptions): Promise<Writer> {
  const store = await openWriterStore(file, { mustExist });
  await requireMasterKey(store, masterKey).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const tenants = new Map<string, TenantKeys>();
  const heads = new Map<string, number>();
  const dataKeys = dataKeyCache();

  return { run, close: store.close };

  /** Commits all requests at once. If one of them fails, commits each alone, so that only that one is refused. */
  async function run(messages: WriterMessage[]): Promise<WriterReply[]> {
    const groupReplies = await transaction(messages);
    if (groupReplies || messages.length === 1) return groupReplies ?? [];
    const replies: WriterReply[] = [];
    for (const message of messages) replies.push(...((await transaction([message])) ?? []));
    return replies;
  }

  /**
   * Null when a group of several requests failed and was rolled back. A single request that fails gives its error. When the store
   * fails, every request gets that error: each alone would fail too.
   */
  async function transaction(messages: WriterMessage[]): Promise<WriterReply[] | null> {
    try {
      store.begin();
      const replies: WriterReply[] = [];
      for (const { id, request } of messages) replies.push({ id, result: await apply(request) });
      store.commit();
      return replies;
    } catch (error) {
      store.rollback();
      heads.clear();
      tenants.clear();
      // Keys that were drawn in this transaction were rolled back: their subjects get others.
      dataKeys.clear();
      if (messages.length > 1 && storeFaultOf(error) === null) return null;
      return messages.map(({ id }) => ({ id, error: serializeWriteError(error) }));
    }
  }

  async function apply(request: WriterRequest): Promise<Committed> {
    switch (request.kind) {
      case "ensureTenant":
        await ensureTenant(request.tenant, request.now);
        return { ...emptyResult, head: await head(request.tenant) };
      case "commit":
        return await commit(request);
      case "probe":
        store.touch();
        return { ...emptyResult, head: 0 };
      case "prune":
        return await prune(request);
      case "rotateTenant":
      case "rotateMaster":
        return await rotate(request);
      case "rebuild": {
        const keys = await keysOf(request.tenant);
        const invalidations = await rebuild(store, keys, (subject, wrappedKey) => openDataKey(keys, subject, wrappedKey));
        return { ...emptyResult, head: await head(request.tenant), invalidated: [...invalidations] };
      }
    }
  }

  async function prune(request: Extract<WriterRequest, { kind: "prune" }>): Promise<Committed> {
    const { tenant, cutoff, quarantineCutoff, now, maxGapMs = null } = request;
    const tenantStore = store.forTenant(tenant);
    if (maxGapMs !== null) await requirePlausibleClock(tenantStore, { cutoff, now, maxGapMs });
    const events = await pruneHistory(tenantStore, store.execute, cutoff, now);
    deleteExpired(tenantStore, store.execute, { deliveries: cutoff, quarantine: quarantineCutoff ?? null }, now);
    return { ...emptyResult, head: await head(tenant), appended: events };
  }

  async function rotate(request: Extract<WriterRequest, { kind: "rotateTenant" | "rotateMaster" }>): Promise<Committed> {
    const count =
      request.kind === "rotateMaster"
        ? await rotateMaster(store, masterKey, request.to)
        : await rotateTenant(store, masterKey, await keysOf(request.tenant));
    tenants.clear();
    return { ...emptyResult, head: 0, appended: count };
  }

  async function commit(request: CommitRequest): Promise<Committed> {
    const { tenant, events, records, quarantine, receivedAt, stages, statements } = request;
    for (const statement of statements) store.execute(statement);
    if (events.length + records.length + quarantine.length === 0) return { ...emptyResult, head: await head(tenant) };
    const batch = await openBatch(tenant);
    const context = { ...request, stages: stages && JSON.stringify(withAppendedAt(stages)) };
    // Records first: the customer data of a message is stored before its event is appended.
    const recordCount = await appendRecords(batch, records, { ...context, stages: null });
    const appendedEvents = await appendEvents(batch, events, context);
    for (const message of quarantine) await appendQuarantine(batch, message, receivedAt);
    const invalidations = await batch.flush();
    heads.set(tenant, batch.head());
    return {
      head: batch.head(),
      appended: recordCount,
      unchanged: records.length - recordCount,
      invalidated: [...invalidations],
      events: appendedEvents,
    };
  }

  async function openBatch(tenant: string): Promise<ProjectionBatch> {
    const keys = await keysOf(tenant);
    const openSubjectKey = (subject: string, wrappedKey: Buffer) => openDataKey(keys, subject, wrappedKey);
    return openProjectionBatch({ rows: store.projectionRows(tenant), keys, head: await head(tenant), openSubjectKey });
  }

  async function head(tenant: string): Promise<number> {
    const sequence = heads.get(tenant) ?? (await lastSequence(store.forTenant(tenant)));
    heads.set(tenant, sequence);
    return sequence;
  }

  async function keysOf(tenant: string): Promise<TenantKeys> {
    const cachedKeys = tenants.get(tenant);
    if (cachedKeys) return cachedKeys;
    const wrappedKey = await findWrappedKeys(store.forTenant(tenant));
    if (!wrappedKey) throw new UnknownTenantError(`unknown tenant ${tenant}`);
    const keys = openTenantKeys(masterKey, tenant, wrappedKey);
    tenants.set(tenant, keys);
    return keys;
  }

  async function ensureTenant(tenant: string, now: number): Promise<void> {
    store.execute(insertTenant(store.forTenant(tenant), newTenantKeys(masterKey, tenant), now));
    await keysOf(tenant);
  }

  function openDataKey(keys: TenantKeys, subject: string, wrappedKey: Buffer): KeyObject {
    const name = `${keys.tenant}\n${subject}`;
    const dataKey = dataKeys.get(name) ?? unwrapDataKey(keys, subject, wrappedKey);
    dataKeys.set(name, dataKey);
    return dataKey;
  }
}

/** A tenant that is added under another key could not be opened together with the others. @throws {WrongMasterKeyError} */
async function requireMasterKey({ listTenants }: WriterStore, masterKey: KeyObject): Promise<void> {
  for (const { tenant, ...wrappedKeys } of await listTenants()) openTenantKeys(masterKey, tenant, wrappedKeys);
}

/** Adds the time of appending, on the clock of the process that sent the request. */
function withAppendedAt({ verifiedAt, parsedAt, wall }: Stages) {
  return { verifiedAt, parsedAt, appendedAt: parsedAt + Math.max(0, Date.now() - wall) };
}
