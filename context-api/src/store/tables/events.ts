import { sql } from "kysely";
import { yieldToEventLoop } from "../../resilience/yieldToEventLoop.ts";
import { chunks } from "../chunks.ts";
import { padded, selectCompiled } from "../compiledSelect.ts";
import { queriesOf } from "../queries.ts";
import type { EventsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// The log. Instants are epoch ms.

export interface EventRowFilter {
  limit: number;
  /** Only events older than this sequence. */
  beforeSequence: number | null;
  platform?: string | undefined;
  type?: string | undefined;
  receivedSince?: number | undefined;
  /** Keyed hash of the platform's own id of the event. */
  sourceEventHash?: string | undefined;
}

/** Events, newest first. */
export async function listEventRows(store: TenantStore, filter: EventRowFilter): Promise<EventsTable[]> {
  const { limit, beforeSequence, platform, type, receivedSince, sourceEventHash } = filter;
  const firstSequence = receivedSince === undefined ? 0 : await lowestSequenceSince(store, receivedSince);
  if (firstSequence === null) return [];
  // An order that no index has: the few events of one id are found by their index and sorted, instead of a walk along the log.
  const order = sourceEventHash === undefined ? ("sequence" as const) : sql<number>`+sequence`;
  let query = queriesOf(store).from("events").selectAll().orderBy(order, "desc").limit(limit);
  if (firstSequence > 0) query = query.where("sequence", ">=", firstSequence);
  if (beforeSequence !== null) query = query.where("sequence", "<", beforeSequence);
  if (platform !== undefined) query = query.where("platform", "=", platform);
  if (type !== undefined) query = query.where("type", "=", type);
  if (receivedSince !== undefined) query = query.where("received_at", ">=", receivedSince);
  if (sourceEventHash !== undefined) query = query.where("source_event_hash", "=", sourceEventHash);
  return await query.execute();
}

/** Events whose instants of receipt may be in another order than their sequences: the clock was set back, or processes differ. */
const maxDisorder = 200;

/** No event that was received since an instant has a lower sequence. With it, the log is walked from there. Null when there is none. */
async function lowestSequenceSince(store: TenantStore, receivedSince: number): Promise<number | null> {
  const rows = await queriesOf(store)
    .from("events")
    .select("sequence")
    .where("received_at", ">=", receivedSince)
    .orderBy("received_at")
    .limit(maxDisorder)
    .execute();
  return rows.length === 0 ? null : Math.min(...rows.map(({ sequence }) => Number(sequence)));
}

/** Events after a sequence, oldest first. @param objects only events of these objects; of all when left out */
export async function listEventRowsAfter(
  store: TenantStore,
  { after, through }: { after: number; through?: number },
  limit: number,
  objects?: readonly string[],
): Promise<EventsTable[]> {
  const values = [after, ...(through === undefined ? [] : [through]), ...(objects ?? []), limit];
  const shape = `events after ${through === undefined ? "a sequence" : "and through"} ${objects?.length ?? "all"}`;
  return await selectCompiled<EventsTable>(store, shape, values, () => {
    let query = queriesOf(store).from("events").selectAll().where("sequence", ">", after).orderBy("sequence").limit(limit);
    if (through !== undefined) query = query.where("sequence", "<=", through);
    if (objects) query = query.where("object", "in", [...objects]);
    return query;
  });
}

/** Keys of the objects of events of one kind of object, newest event first. */
export async function listObjectEvents(
  store: TenantStore,
  { connection, object, type, below, limit }: ObjectEventFilter,
): Promise<Pick<EventsTable, "sequence" | "key">[]> {
  let query = queriesOf(store)
    .from("events")
    .select(["sequence", "key"])
    .where("connection", "=", connection)
    .where("object", "=", object)
    .orderBy("sequence", "desc")
    .limit(limit);
  if (type !== undefined) query = query.where("type", "=", type);
  if (below !== null) query = query.where("sequence", "<", below);
  return await query.execute();
}

export interface ObjectEventFilter {
  connection: string;
  object: string;
  type?: string | undefined;
  /** Only events older than this sequence. */
  below: number | null;
  limit: number;
}

export async function findEventRow(store: TenantStore, eventId: string): Promise<EventsTable | null> {
  const row = await queriesOf(store).from("events").selectAll().where("event_id", "=", eventId).executeTakeFirst();
  return row ?? null;
}

type EventLabel = Pick<EventsTable, "event_id" | "type" | "connection" | "received_at">;
const labelColumns = ["event_id", "type", "connection", "received_at"] as const;

/** Webhook events of one correlation id. A pull has its id for many events, and is not looked for. */
export const listCorrelatedEvents = (store: TenantStore, correlationId: string, limit: number): Promise<EventLabel[]> =>
  // Unordered: for an order, SQLite reads all events by sequence instead of the index of the id.
  queriesOf(store)
    .from("events")
    .select(labelColumns)
    .where("correlation_id", "=", correlationId)
    .where("stages", "is not", null)
    .limit(limit)
    .execute();

/** The newest events about a record. */
export const listNewestEventsOf = (store: TenantStore, key: string, limit: number): Promise<EventLabel[]> =>
  queriesOf(store).from("events").select(labelColumns).where("key", "=", key).orderBy("sequence", "desc").limit(limit).execute();

/** The last sequence; 0 for an empty log. */
export async function lastSequence(store: TenantStore): Promise<number> {
  const row = await queriesOf(store)
    .from("events")
    .select((e) => e.fn.max("sequence").as("last"))
    .executeTakeFirst();
  return row?.last ?? 0;
}

/** Event ids by sequence. */
export async function loadEventIds(store: TenantStore, sequences: Iterable<number>): Promise<Map<number, string>> {
  const ids = new Map<number, string>();
  for (const chunk of chunks([...new Set(sequences)])) {
    const list = padded(chunk);
    const rows = await selectCompiled<Pick<EventsTable, "sequence" | "event_id">>(store, `event ids ${list.length}`, list, () =>
      queriesOf(store).from("events").select(["sequence", "event_id"]).where("sequence", "in", list),
    );
    for (const row of rows) ids.set(row.sequence, row.event_id);
  }
  return ids;
}

/** When events were received, by sequence. */
export async function loadReceiptTimes(store: TenantStore, sequences: Iterable<number>): Promise<Map<number, number>> {
  const times = new Map<number, number>();
  for (const chunk of chunks([...new Set(sequences)])) {
    const rows = await queriesOf(store)
      .from("events")
      .select(["sequence", "received_at"])
      .where("sequence", "in", chunk)
      .execute();
    for (const row of rows) times.set(row.sequence, row.received_at);
  }
  return times;
}

/** When the last event of an object of a connection was received, up to a sequence; 0 when there is none. */
export async function lastReceivedAt(
  store: TenantStore,
  { connection, object, sequence }: Pick<EventsTable, "connection" | "object" | "sequence">,
): Promise<number> {
  const row = await queriesOf(store)
    .from("events")
    .select("received_at")
    .where("connection", "=", connection)
    .where("object", "=", object)
    .where("sequence", "<=", sequence)
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.received_at ?? 0;
}

/** The first sequence that was received at or after an instant; null when there is none. */
export async function firstSequenceSince(store: TenantStore, instant: number): Promise<number | null> {
  const row = await queriesOf(store)
    .from("events")
    .select("sequence")
    .where("received_at", ">=", instant)
    .orderBy("sequence")
    .limit(1)
    .executeTakeFirst();
  return row?.sequence ?? null;
}

/** Concurrent events may have sequences in another order than their times of receipt, but only within one commit. */
const maxCommitSize = 10_000;

/** The first sequence that was received after an instant; null when there is none. Reads an index, also in a long log. */
export async function firstSequenceAfter(store: TenantStore, instant: number): Promise<number | null> {
  const later = () => queriesOf(store).from("events").select("sequence").where("received_at", ">", instant);
  const nearest = await later().orderBy("received_at").limit(1).executeTakeFirst();
  if (!nearest) return null;
  const first = await later()
    .where("sequence", ">", nearest.sequence - maxCommitSize)
    .where("sequence", "<=", nearest.sequence)
    .orderBy("sequence")
    .limit(1)
    .executeTakeFirst();
  return first?.sequence ?? nearest.sequence;
}

/** The last sequence before the first event that was received at or after an instant. */
export async function lastSequenceBefore(store: TenantStore, instant: number): Promise<number> {
  const { first, last } = await queriesOf(store)
    .from("events")
    .select((e) => [e.fn.min("sequence").filterWhere("received_at", ">=", instant).as("first"), e.fn.max("sequence").as("last")])
    .executeTakeFirstOrThrow();
  return first === null ? (last ?? 0) : Number(first) - 1;
}

/** Times of receipt: of the newest event, and of the nearest events on both sides of an instant. Null where there is none. */
export async function receivedAround(
  store: TenantStore,
  instant: number,
): Promise<Record<"newest" | "lastBefore" | "firstAfter", number | null>> {
  const row = await queriesOf(store)
    .from("events")
    .select((e) => [
      e.fn.max("received_at").as("newest"),
      e.fn.max("received_at").filterWhere("received_at", "<", instant).as("lastBefore"),
      e.fn.min("received_at").filterWhere("received_at", ">=", instant).as("firstAfter"),
    ])
    .executeTakeFirstOrThrow();
  const toInstant = (value: number | string | null): number | null => (value === null ? null : Number(value));
  return { newest: toInstant(row.newest), lastBefore: toInstant(row.lastBefore), firstAfter: toInstant(row.firstAfter) };
}

/** True if an event of this record was appended under this deduplication key. */
export async function hasEvent(store: TenantStore, key: string, deduplicationKey: string): Promise<boolean> {
  const row = await queriesOf(store)
    .from("events")
    .select("sequence")
    .where("key", "=", key)
    .where("deduplication_key", "=", deduplicationKey)
    .executeTakeFirst();
  return row !== undefined;
}

/** Sequences of a record's events of one type before a sequence, newest first. */
export async function listSequencesOf(
  store: TenantStore,
  { key, type, before }: Pick<EventsTable, "key" | "type"> & { before: number },
  limit: number,
): Promise<number[]> {
  const rows = await queriesOf(store)
    .from("events")
    .select("sequence")
    .where("key", "=", key)
    .where("type", "=", type)
    .where("sequence", "<", before)
    .orderBy("sequence", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ sequence }) => sequence);
}

/** True when a pull or a read reported this type of change of a record, at or after an instant and before a sequence. */
export async function hasPulledChange(
  store: TenantStore,
  { key, type, before }: Pick<EventsTable, "key" | "type"> & { before: number },
  since: number,
): Promise<boolean> {
  const row = await queriesOf(store)
    .from("events")
    .select("sequence")
    .where("key", "=", key)
    .where("sequence", "<", before)
    .where("type", "=", type)
    .where("schema_version", "=", 1)
    .where("timestamp", ">=", since)
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Ids of a platform's events about a record after a sequence, oldest first. */
export async function listEventIdsAfter(
  store: TenantStore,
  { key, sequence, platform }: Pick<EventsTable, "key" | "sequence" | "platform">,
  limit: number,
): Promise<string[]> {
  const rows = await queriesOf(store)
    .from("events")
    .select("event_id")
    .where("key", "=", key)
    .where("sequence", ">", sequence)
    .where("platform", "=", platform)
    .orderBy("sequence")
    .limit(limit)
    .execute();
  return rows.map((row) => row.event_id);
}

/** When a connection first reported a record after a sequence and an instant; null when it has not. */
export async function firstReportedAt(
  store: TenantStore,
  { key, sequence, connection }: Pick<EventsTable, "key" | "sequence" | "connection">,
  since: number,
): Promise<number | null> {
  const row = await queriesOf(store)
    .from("events")
    .select("received_at")
    .where("key", "=", key)
    .where("sequence", ">", sequence)
    .where("connection", "=", connection)
    .where("received_at", ">=", since)
    .orderBy("sequence")
    .limit(1)
    .executeTakeFirst();
  return row?.received_at ?? null;
}

/** Events received since an instant, by platform, without the first backfill. */
export async function countEvents(store: TenantStore, since: number, now: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { from, to } of hours(since, now)) {
    await yieldToEventLoop();
    const rows = await queriesOf(store)
      .from("events")
      .select((e) => ["platform", e.fn.countAll<number>().as("events")])
      .where("received_at", ">=", from)
      .where("received_at", "<", to)
      .where("type", "not like", "%.imported")
      .groupBy("platform")
      .execute();
    for (const { platform, events } of rows) counts.set(platform, (counts.get(platform) ?? 0) + Number(events));
  }
  return counts;
}

const hourMs = 3_600_000;

/** The hours of a time window. One query for each keeps a busy week from blocking other requests. */
function* hours(since: number, now: number): Generator<{ from: number; to: number }> {
  for (let from = since; from <= now; from += hourMs) yield { from, to: Math.min(from + hourMs, now + 1) };
}

/** Events of an object that are looked at for a webhook. */
const newestEvents = 50;

/** True when one of the newest events of an object of a connection came by webhook at or after an instant. Reads few rows. */
export async function hasNewWebhookEvent(
  store: TenantStore,
  { connection, object }: Pick<EventsTable, "connection" | "object">,
  since: number,
): Promise<boolean> {
  const values = [connection, object, newestEvents];
  const rows = await selectCompiled<Pick<EventsTable, "received_at" | "stages">>(
    store,
    "newest events of an object",
    values,
    () =>
      queriesOf(store)
        .from("events")
        .select(["received_at", "stages"])
        .where("connection", "=", connection)
        .where("object", "=", object)
        .orderBy("sequence", "desc")
        .limit(newestEvents),
  );
  return rows.some(({ received_at, stages }) => stages !== null && received_at >= since);
}

const dayMs = 86_400_000;

/** How a connection's changes arrived in the last 24 hours. */
export interface ArrivalCounts {
  /** When the last webhook event arrived; null when none did. */
  lastReceivedAt: number | null;
  webhookEvents: number;
  /** Changes found by a pull or a read, without the first backfill. */
  pulledEvents: number;
}

/** By connection. */
export async function countArrivals(store: TenantStore, now: number): Promise<Map<string, ArrivalCounts>> {
  const counts = new Map<string, ArrivalCounts>();
  for (const { from, to } of hours(now - dayMs, now)) {
    await yieldToEventLoop();
    const rows = await queriesOf(store)
      .from("events")
      .select((e) => [
        "connection",
        e.fn.max("received_at").filterWhere("stages", "is not", null).as("lastReceivedAt"),
        e.fn.countAll<number>().filterWhere("stages", "is not", null).as("webhookEvents"),
        e.fn
          .countAll<number>()
          .filterWhere("stages", "is", null)
          .filterWhere("type", "not like", "%.imported")
          .as("pulledEvents"),
      ])
      .where("received_at", ">=", from)
      .where("received_at", "<", to)
      .groupBy("connection")
      .execute();
    for (const row of rows) {
      const earlier = counts.get(row.connection);
      counts.set(row.connection, {
        lastReceivedAt: row.lastReceivedAt === null ? (earlier?.lastReceivedAt ?? null) : Number(row.lastReceivedAt),
        webhookEvents: (earlier?.webhookEvents ?? 0) + Number(row.webhookEvents),
        pulledEvents: (earlier?.pulledEvents ?? 0) + Number(row.pulledEvents),
      });
    }
  }
  return counts;
}

/** Removes the payloads of the events after one sequence up to another. Their envelopes stay. */
export const emptyPayloads = (store: TenantStore, afterSequence: number, lastSequence: number): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("events")
      .set({ payload: Buffer.alloc(0) })
      .where("sequence", ">", afterSequence)
      .where("sequence", "<=", lastSequence),
  );
