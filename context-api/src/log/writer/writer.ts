import type { KeyObject } from "node:crypto";
import { dataKeyCache, newTenantKeys, openTenantKeys, type TenantKeys, unwrapDataKey } from "../../security/keyring.ts";
import { isStoreConflict, storeFaultOf } from "../../store/faults.ts";
import { LeadershipLostError } from "../../store/leadershipLost.ts";
import { saveConsumerOffset } from "../../store/tables/consumerOffsets.ts";
import { findWrappedKeys, insertTenant, saveProjectionVersion } from "../../store/tables/tenants.ts";
import { openWriterStore, type WriterStore } from "../../store/writerStore.ts";
import { consumerName, createProjector, type Leadership, type Projected, type Projector } from "../projections/projector.ts";
import { projectionVersion } from "../projections/version.ts";
import { rebuild } from "../replay/rebuild.ts";
import { requirePlausibleClock } from "../retention/clockCheck.ts";
import { deleteExpired, pruneHistory } from "../retention/prune.ts";
import { appendEvents, appendQuarantine, appendRecords, prefetchAppends } from "./append.ts";
import { type AppendBatch, openAppendBatch } from "./appendBatch.ts";
import { serializeWriteError, UnknownTenantError } from "./errors.ts";
import type {
  CommitRequest,
  Committed,
  FileWriterOptions,
  Stages,
  WriterMessage,
  WriterReply,
  WriterRequest,
} from "./protocol.ts";
import { rotateMaster, rotateTenant } from "./rotate.ts";

export interface Writer {
  /** Makes requests durable. Events are projected later, by {@link Writer.project}. */
  run(messages: WriterMessage[]): Promise<WriterReply[]>;
  /** Since when the oldest appended event waits for its projection, in ms of `performance.now()`; null when none waits. */
  waitingSince(): number | null;
  /** Projects the next events. @throws when the store fails */
  project(): Promise<void>;
  projector: Pick<Projector, "addFromLog" | "follow">;
  close(): Promise<void>;
}

/** What is done when a transaction is durable. */
interface Effects {
  /** By tenant: the requests of a group share one. */
  batches: Map<string, AppendBatch>;
  rebuilt: Projected[];
}

/** Of a transaction that conflicts with other processes. */
const maxAttempts = 5;

const emptyResult = { appended: 0, unchanged: 0, events: [] };

export interface WriterTools {
  store: WriterStore;
  masterKey: KeyObject;
  leadership?: Leadership | undefined;
  onProjected(projected: Projected): void;
}

/**
 * Opens the writable side of the embedded store. Only one may exist for a file.
 * @throws {StoreOpenError} or {@link WrongMasterKeyError}
 */
export async function openWriter(
  { file, masterKey, mustExist = false }: FileWriterOptions,
  onProjected: (projected: Projected) => void = () => {},
): Promise<Writer> {
  const store = await openWriterStore(file, { mustExist });
  try {
    return await createWriter({ store, masterKey, onProjected });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** @throws {WrongMasterKeyError} */
export async function createWriter({ store, masterKey, leadership, onProjected }: WriterTools): Promise<Writer> {
  await requireMasterKey(store, masterKey);
  const tenants = new Map<string, TenantKeys>();
  const dataKeys = dataKeyCache();

  const projector = createProjector({ store, leadership, keysOf, openDataKey, onProjected });
  // What an earlier process acknowledged.
  for (const { tenant } of await store.listTenants()) await projector.projectedHead(tenant);

  return { run, waitingSince: projector.waitingSince, project: projector.run, projector, close: store.close };

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
  async function transaction(messages: WriterMessage[], attempt = 1): Promise<WriterReply[] | null> {
    const effects: Effects = { batches: new Map(), rebuilt: [] };
    try {
      for (const { request } of messages) await prepare(request);
      await store.begin({ isDurable: true });
      const [heads] = await Promise.all([lockHeads(messages), requireLeaders(messages)]);
      await openBatches(messages, heads, effects);
      const replies: WriterReply[] = [];
      for (const { id, request } of messages) replies.push({ id, result: await apply(request, effects) });
      await Promise.all([...effects.batches].map(([tenant, batch]) => saveBatch(tenant, batch)));
      await store.commit();
      for (const { keys, previousHead, head, versions } of effects.batches.values())
        projector.add(keys.tenant, { previousHead, head: head(), versions });
      for (const projected of effects.rebuilt) onProjected(projected);
      return replies;
    } catch (error) {
      await store.rollback();
      tenants.clear();
      // Keys that were drawn in this transaction were rolled back: their subjects get others.
      dataKeys.clear();
      if (isStoreConflict(error) && attempt < maxAttempts) return await transaction(messages, attempt + 1);
      if (messages.length > 1 && storeFaultOf(error) === null) return null;
      return messages.map(({ id }) => ({ id, error: serializeWriteError(error) }));
    }
  }

  /** In one order, so that two processes do not wait for each other. @returns the last sequence of each log that is appended to */
  async function lockHeads(messages: WriterMessage[]): Promise<Map<string, number>> {
    const tenants = new Set(messages.flatMap(({ request }) => (isAppend(request) ? request.tenant : [])));
    const heads = [...tenants].sort().map(async (tenant) => [tenant, await store.lockHead(tenant)] as const);
    return new Map(await Promise.all(heads));
  }

  /** What only the leader may write is refused when another process leads. @throws {LeadershipLostError} */
  async function requireLeaders(messages: WriterMessage[]): Promise<void> {
    const leaders = new Map<string, { tenant: string; epoch: number }>();
    for (const { request } of messages)
      if ("epoch" in request && typeof request.epoch === "number")
        leaders.set(`${request.tenant}\n${request.epoch}`, { tenant: request.tenant, epoch: request.epoch });
    const inOrder = [...leaders].sort(([a], [b]) => (a < b ? -1 : 1));
    await Promise.all(inOrder.map(([, leader]) => requireLeader(leader)));
  }

  async function requireLeader({ tenant, epoch }: { tenant: string; epoch: number }): Promise<void> {
    try {
      await store.requireLeader(tenant, epoch, "append");
    } catch (error) {
      // An earlier leadership of this process may have ended before.
      if (error instanceof LeadershipLostError && leadership?.epochOf(tenant) === epoch) leadership.onLost(tenant);
      throw error;
    }
  }

  /** What works on the projections needs all events in them. */
  async function prepare(request: WriterRequest): Promise<void> {
    if (request.kind === "prune" || request.kind === "rebuild") await projector.catchUp(request.tenant);
    if (request.kind === "ensureTenant" && (await findWrappedKeys(store.forTenant(request.tenant))))
      await projector.catchUp(request.tenant);
  }

  async function apply(request: WriterRequest, effects: Effects): Promise<Committed> {
    if (request.kind !== "probe") await store.useTenant(request.tenant);
    switch (request.kind) {
      case "ensureTenant":
        await ensureTenant(request.tenant, request.now);
        return { ...emptyResult, head: await store.head(request.tenant) };
      case "commit":
        return await commit(request, effects);
      case "probe":
        await store.touch();
        return { ...emptyResult, head: 0 };
      case "prune":
        return await prune(request);
      case "rotateTenant":
      case "rotateMaster":
        return await rotate(request);
      case "rebuild": {
        const keys = await keysOf(request.tenant);
        const openSubjectKey = (subject: string, wrappedKey: Buffer) => openDataKey(keys, subject, wrappedKey);
        await store.lockProjections(request.tenant);
        const { invalidations, failures } = await rebuild({ store, keys, openSubjectKey });
        const lastProjected = await store.head(request.tenant);
        await store.execute(saveConsumerOffset(store.forTenant(request.tenant), consumerName, lastProjected, 0));
        await store.execute(saveProjectionVersion(store.forTenant(request.tenant), projectionVersion));
        const generation = await store.publishInvalidations(request.tenant, null);
        const rebuilt = { tenant: request.tenant, head: lastProjected, invalidated: [...invalidations], failures };
        effects.rebuilt.push({ ...rebuilt, generation: generation || null });
        return { ...emptyResult, head: lastProjected };
      }
    }
  }

  async function prune(request: Extract<WriterRequest, { kind: "prune" }>): Promise<Committed> {
    const { tenant, cutoff, quarantineCutoff, now, maxGapMs = null } = request;
    const tenantStore = store.forTenant(tenant);
    if (maxGapMs !== null) await requirePlausibleClock(tenantStore, { cutoff, now, maxGapMs });
    const events = await pruneHistory(tenantStore, store.execute, cutoff, now);
    await deleteExpired(tenantStore, store.execute, { deliveries: cutoff, quarantine: quarantineCutoff ?? null }, now);
    return { ...emptyResult, head: await store.head(tenant), appended: events };
  }

  async function rotate(request: Extract<WriterRequest, { kind: "rotateTenant" | "rotateMaster" }>): Promise<Committed> {
    const count =
      request.kind === "rotateMaster"
        ? await rotateMaster(store, masterKey, request.to)
        : await rotateTenant(store, masterKey, await keysOf(request.tenant));
    tenants.clear();
    return { ...emptyResult, head: 0, appended: count };
  }

  async function commit(request: CommitRequest, { batches }: Effects): Promise<Committed> {
    const { tenant, events, records, quarantine, receivedAt, stages, statements } = request;
    const batch = batches.get(tenant);
    const [changes, previousHead] = await Promise.all([store.executeAll(statements), batch?.head() ?? store.head(tenant)]);
    if (!batch || !isAppend(request)) return { ...emptyResult, head: previousHead, changes };
    const context = { ...request, stages: stages && JSON.stringify(withAppendedAt(stages)) };
    // Records first: the customer data of a message is stored before its event is appended.
    const recordCount = await appendRecords(batch, records, { ...context, stages: null });
    const appendedEvents = appendEvents(batch, events, context);
    for (const message of quarantine) appendQuarantine(batch, message, receivedAt);
    return {
      head: batch.head(),
      appended: recordCount,
      unchanged: records.length - recordCount,
      events: appendedEvents,
      ...(changes.length > 0 && { changes }),
    };
  }

  /** Reads what all requests will look up in few queries, because PostgreSQL answers each of them after a round trip. */
  async function openBatches(messages: WriterMessage[], heads: ReadonlyMap<string, number>, { batches }: Effects): Promise<void> {
    const appends = messages.flatMap(({ request }) => (isAppend(request) ? [request] : []));
    for (const [tenant, requests] of Map.groupBy(appends, (request) => request.tenant)) {
      await store.useTenant(tenant);
      const batch = await openBatch(tenant, heads.get(tenant) ?? (await store.lockHead(tenant)));
      await prefetchAppends(batch, requests);
      batches.set(tenant, batch);
    }
  }

  async function openBatch(tenant: string, head: number): Promise<AppendBatch> {
    const keys = await keysOf(tenant);
    return openAppendBatch({
      rows: store.appendRows(tenant),
      keys,
      head,
      projectedHead: await projector.projectedHead(tenant),
      openSubjectKey: (subject, wrappedKey) => openDataKey(keys, subject, wrappedKey),
    });
  }

  async function saveBatch(tenant: string, batch: AppendBatch): Promise<void> {
    await Promise.all([batch.flush(), store.saveHead(tenant, batch.head())]);
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
    await store.execute(insertTenant(store.forTenant(tenant), newTenantKeys(masterKey, tenant), { now, projectionVersion }));
    await keysOf(tenant);
  }

  function openDataKey(keys: TenantKeys, subject: string, wrappedKey: Buffer): KeyObject {
    const name = `${keys.tenant}\n${subject}`;
    const dataKey = dataKeys.get(name) ?? unwrapDataKey(keys, subject, wrappedKey);
    dataKeys.set(name, dataKey);
    return dataKey;
  }
}

/** Statements alone append nothing. */
const isAppend = (request: WriterRequest): request is CommitRequest =>
  request.kind === "commit" && request.events.length + request.records.length + request.quarantine.length > 0;

/** A tenant that is added under another key could not be opened together with the others. @throws {WrongMasterKeyError} */
async function requireMasterKey({ listTenants }: WriterStore, masterKey: KeyObject): Promise<void> {
  for (const { tenant, ...wrappedKeys } of await listTenants()) openTenantKeys(masterKey, tenant, wrappedKeys);
}

/** Adds the time of appending, on the clock of the process that sent the request. */
function withAppendedAt({ verifiedAt, parsedAt, wall }: Stages) {
  return { verifiedAt, parsedAt, appendedAt: parsedAt + Math.max(0, Date.now() - wall) };
}
