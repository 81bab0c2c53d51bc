import type { KeyObject } from "node:crypto";
import { canonicalValue } from "@sidelight/model/canonicalValue.ts";
import type { EventInput, RecordInput, ReportedValue } from "@sidelight/model/records.ts";
import { mergeUsage } from "@sidelight/model/usage.ts";
import { monotonicFactory } from "ulid";
import { deduplicationKey, recordKey, sourceEventHash, type TenantKeys, valueHash, wrapDataKey } from "../../security/keyring.ts";
import { newKey, randomFraction, seal, unseal } from "../../security/seal.ts";
import { storeFaultOf } from "../../store/faults.ts";
import type { RecordHead } from "../../store/tables/appendRows.ts";
import type { NewRow } from "../../store/tables/preparedRows.ts";
import { changeType, createdAt } from "../changeTypes.ts";
import { digestOf, type EventPayload, type RecordPayload, readPayload } from "../payload.ts";
import { eventForRecord, type ProjectableEvent } from "../projections/projectRecord.ts";
import type { AppendBatch } from "./appendBatch.ts";
import type { AppendedEvent, CommitRequest, QuarantineInput } from "./protocol.ts";

// The default draws each character on its own, which takes as long as sealing.
const ulid = monotonicFactory(randomFraction);
const dayMs = 86_400_000;

export interface AppendContext {
  receivedAt: number;
  correlationId: string;
  /** True for the first backfill: its records are not changes. */
  isBackfill: boolean;
  stages: string | null;
}

/** Reads in three queries what the appends of several requests will look up. */
export async function prefetchAppends(
  batch: AppendBatch,
  requests: readonly Pick<CommitRequest, "records" | "events" | "quarantine">[],
): Promise<void> {
  const { keys } = batch;
  const records = requests.flatMap((request) => request.records);
  const events = requests.flatMap((request) => request.events);
  await batch.prefetch({
    recordKeys: [...records, ...events.flatMap((e) => e.record ?? [])].map(({ ref }) => recordKey(keys, ref)),
    subjects: [
      ...records.map((r) => recordKey(keys, r.subject)),
      ...events.map((e) => subjectOf(keys, e)),
      ...requests.flatMap(({ quarantine }) => quarantine.map(({ id }) => quarantineSubject(keys, id))),
    ],
    deduplicationKeys: events.flatMap((e) => deduplicationKeysOf(keys, e)),
  });
}

/** Appends the records that changed. An unchanged record only moves its observation. @returns how many were appended */
export async function appendRecords(batch: AppendBatch, records: RecordInput[], context: AppendContext): Promise<number> {
  let count = 0;
  for (const record of records) if (await appendRecord(batch, record, context)) count += 1;
  return count;
}

/** Appends each event once, with its record when that is new. */
export const appendEvents = (batch: AppendBatch, events: EventInput[], context: AppendContext): AppendedEvent[] =>
  events.map((event) => appendEvent(batch, event, context));

/** Quarantines a verified message that could not be used, sealed under its own key. */
export function appendQuarantine(batch: AppendBatch, message: QuarantineInput, receivedAt: number): void {
  const { id, request, ...row } = message;
  const subject = quarantineSubject(batch.keys, id);
  const dataKey = subjectKey(batch, subject, receivedAt);
  const payload = seal(dataKey, { tenant: batch.keys.tenant, table: "quarantine", id }, request);
  batch.putQuarantine({ id, ...row, state: "quarantined", received_at: receivedAt, resolved_at: null, subject, payload });
}

const quarantineSubject = (keys: TenantKeys, id: string): string => recordKey(keys, `quarantine:${id}`);

const subjectOf = (keys: TenantKeys, { subjectKey, subject }: EventInput): string => subjectKey ?? recordKey(keys, subject);

const deduplicationKeysOf = (keys: TenantKeys, { sourceIds, connection }: EventInput): string[] =>
  sourceIds.map((id) => deduplicationKey(keys, connection, id));

function appendEvent(batch: AppendBatch, event: EventInput, context: AppendContext): AppendedEvent {
  const { keys } = batch;
  const deduplicationKeys = deduplicationKeysOf(keys, event);
  const existing = deduplicationKeys.map((key) => batch.eventIdOf(key)).find((id) => id !== null);
  if (existing) return { eventId: existing, isDuplicate: true };
  const version = event.record && newVersion(batch, event.record);
  const subject = subjectOf(keys, event);
  const dataKey = subjectKey(batch, subject, context.receivedAt);
  const { ref, interaction, data, isEcho, sourceEventId } = event;
  const reportedPairs = event.reported && reportedHashes(keys, event.reported);
  const carriedRecord = event.record?.ref === ref && !version ? toPayload(event.record) : null;
  const content = { interaction, data, isEcho, sourceEventId, ...(reportedPairs && { reported: reportedPairs }) };
  const payload: EventPayload = { ref, record: version?.payload ?? null, ...content, ...(carriedRecord && { carriedRecord }) };
  const row = putEvent(batch, dataKey, payload, {
    type: event.type,
    schema_version: 2,
    timestamp: event.timestamp,
    platform: event.platform,
    connection: event.connection,
    object: event.object,
    key: recordKey(keys, event.ref),
    subject,
    deduplication_key: deduplicationKeys[0] ?? null,
    source_event_hash: sourceEventId === null ? null : sourceEventHash(keys, sourceEventId),
    ...contextColumns(context),
  });
  for (const key of deduplicationKeys) batch.putDeduplicationKey(key, row.event_id, context.receivedAt);
  if (version) putVersion(batch, version, eventForRecord(keys, row, ref, version.payload), dataKey);
  return { eventId: row.event_id, isDuplicate: false };
}

async function appendRecord(batch: AppendBatch, input: RecordInput, context: AppendContext): Promise<boolean> {
  const { keys } = batch;
  const record = await withStoredCounts(batch, input);
  const version = newVersion(batch, record);
  if (!version) return false;
  const { payload, previous } = version;
  const subject = recordKey(keys, record.subject);
  const dataKey = subjectKey(batch, subject, context.receivedAt);
  const row = putEvent(batch, dataKey, payload, {
    type: `${record.platform}.${record.object}.${await changeOf(batch, record, previous, context)}`,
    schema_version: 1,
    timestamp: record.changedAt ?? record.observedAt,
    platform: record.platform,
    connection: record.connection,
    object: record.object,
    key: recordKey(keys, record.ref),
    subject,
    deduplication_key: null,
    source_event_hash: null,
    ...contextColumns(context),
  });
  putVersion(batch, version, row, dataKey);
  return true;
}

const contextColumns = ({ receivedAt, correlationId, stages }: AppendContext) => ({
  received_at: receivedAt,
  correlation_id: correlationId,
  stages,
});

/** Adds an event at the end of the log. */
function putEvent(
  batch: AppendBatch,
  dataKey: KeyObject,
  payload: EventPayload | RecordPayload,
  fields: Omit<NewRow<"events">, "sequence" | "event_id" | "payload">,
): NewRow<"events"> {
  const event_id = `evt_${ulid(fields.received_at)}`;
  const sealedPayload = seal(dataKey, { tenant: batch.keys.tenant, table: "events", id: event_id }, JSON.stringify(payload));
  const row = { sequence: batch.nextSequence(), event_id, ...fields, payload: sealedPayload };
  batch.putEvent(row);
  return row;
}

/** New counts together with the stored ones. Two reads at once overlap in any way, so neither is a version that replaces the other. */
async function withStoredCounts(batch: AppendBatch, record: RecordInput): Promise<RecordInput> {
  const { counted, data } = record;
  if (!counted || data.kind !== "usage") return record;
  const head = batch.recordHead(recordKey(batch.keys, record.ref));
  const storedData = head && head.deleted === 0 ? (await previousVersion(batch, head))?.data : null;
  if (!head || storedData?.kind !== "usage") return { ...record, data: mergeUsage(undefined, data, counted) };
  const order = Math.max(orderOf(record), head.change_order);
  return { ...record, order, data: mergeUsage(storedData, data, counted, orderOf(record) < order) };
}

interface NewVersion {
  payload: RecordPayload;
  digest: string;
  previous: RecordHead | null;
  /** The head without the sequence of the version. */
  head: Omit<RecordHead, "sequence">;
}

/** The new version of a record; null when it is unchanged (then its observation moves) or older than the current version. */
function newVersion(batch: AppendBatch, record: RecordInput): NewVersion | null {
  const { keys } = batch;
  const key = recordKey(keys, record.ref);
  const previous = batch.recordHead(key);
  // A late, older version is no evidence of the present.
  if (previous && isOlder(record, previous)) return null;
  const payload = toPayload(record);
  const digest = digestOf(keys, payload);
  // Deleted again: the first deletion may name the record's successor.
  const isDeletedAgain = previous?.deleted && record.deleted && !record.edges.some(({ rel }) => rel === "merged_into");
  if (previous && (isDeletedAgain || previous.digest === digest)) {
    batch.putRecordHead({ ...previous, ...observation(record, previous) });
    return null;
  }
  const { observedAt, changedAt, deleted } = record;
  // Readers see the previous version until this one is projected. One that they never saw leaves what they know unchanged.
  const isVisible = previous !== null && previous.sequence <= batch.projectedHead;
  const head = {
    key,
    digest,
    deleted: deleted ? 1 : 0,
    version_changed_at: changedAt,
    ...observation(record, previous),
    previous_observed_at: isVisible ? previous.observed_at : (previous?.previous_observed_at ?? observedAt),
  };
  return { payload, digest, previous, head };
}

/** Stores that the event carries the newest version of its record, and that it has to be projected. */
function putVersion(
  batch: AppendBatch,
  { payload, digest, head }: NewVersion,
  event: ProjectableEvent,
  dataKey: KeyObject,
): void {
  batch.putRecordHead({ ...head, sequence: event.sequence });
  batch.putVersion({ event, payload, digest, dataKey });
}

/** How a record moves the times of its head. */
function observation(
  record: RecordInput,
  previous: RecordHead | null,
): Pick<RecordHead, "changed_at" | "change_order" | "observed_at"> {
  const { changedAt, observedAt } = record;
  const order = orderOf(record);
  if (!previous) return { changed_at: changedAt, change_order: order, observed_at: observedAt };
  const { changed_at, change_order, observed_at } = previous;
  const newestObservation = Math.max(observed_at, observedAt);
  if (changedAt !== null && changed_at !== null && changedAt !== changed_at) {
    const isLater = changedAt > changed_at;
    return {
      changed_at: Math.max(changedAt, changed_at),
      change_order: isLater ? order : change_order,
      observed_at: newestObservation,
    };
  }
  return {
    changed_at: changed_at ?? changedAt,
    change_order: Math.max(order, change_order),
    observed_at: newestObservation,
  };
}

/**
 * The source's modification time decides. Where it is equal or absent, the order decides. It also decides after a read that showed the
 * record to be gone: a change that happened before that read does not bring it back.
 */
function isOlder(record: RecordInput, { deleted, version_changed_at, changed_at, change_order }: RecordHead): boolean {
  const { changedAt } = record;
  const isGone = deleted === 1 && version_changed_at === null;
  if (isGone && orderOf(record) < change_order) return true;
  const latest = Math.max(version_changed_at ?? 0, changed_at ?? 0);
  if (changedAt !== null && changedAt !== latest) return changedAt < latest;
  // The stored order belongs to the version with the stored modification time.
  if (changedAt !== null && changed_at !== changedAt) return false;
  return orderOf(record) < change_order;
}

/** A read shows every change before its request, so an event that happened earlier does not outrank it. */
const orderOf = ({ order, observedAt }: RecordInput): number => order ?? observedAt;

async function changeOf(
  batch: AppendBatch,
  record: RecordInput,
  previous: RecordHead | null,
  context: AppendContext,
): Promise<string> {
  // The first backfill may bring a record in several pieces. None of them is a change.
  if (context.isBackfill && !record.deleted) return "imported";
  const created = createdAt(record.data);
  const isNew = created !== null && created > context.receivedAt - dayMs;
  const version = previous && !previous.deleted ? await previousVersion(batch, previous) : null;
  const movedEdges = version === null ? new Set<string>() : changedEdges(version, record);
  return changeType(version?.data ?? null, record.data, { deleted: record.deleted ?? false, isNew, movedEdges });
}

/** Relations whose target is not the one of the previous version. */
function changedEdges(previous: RecordPayload, next: RecordInput): Set<string> {
  const names = ({ edges }: Pick<RecordPayload, "edges">) => new Set(edges.map(({ rel, to }) => `${rel} ${to}`));
  return new Set([...names(previous).symmetricDifference(names(next))].map((name) => name.split(" ", 1)[0] ?? ""));
}

/** Null when the subject was erased, or the version is damaged: the next version replaces it anyway. */
async function previousVersion(batch: AppendBatch, head: RecordHead): Promise<RecordPayload | null> {
  const event = await batch.event(head.sequence);
  try {
    if (event && event.payload.length > 0) {
      const json = await unsealed(batch, event, { table: "events", id: event.event_id });
      return json === null ? null : readPayload(event.schema_version, json).record;
    }
    // Retention removed the event's payload. What it removes was projected.
    const row = await batch.projectedRecord(head.key);
    const json = row && (await unsealed(batch, row, { table: "records", id: `${head.key}:${row.from_seq}` }));
    return json === null ? null : (JSON.parse(json) as RecordPayload);
  } catch (error) {
    if (storeFaultOf(error) !== null) throw error;
    return null;
  }
}

async function unsealed(
  batch: AppendBatch,
  { subject, payload }: { subject: string; payload: Buffer },
  place: { table: string; id: string },
): Promise<string | null> {
  await batch.prefetch({ subjects: [subject] });
  const dataKey = batch.subjectKey(subject);
  return dataKey && unseal(dataKey, { tenant: batch.keys.tenant, ...place }, payload).toString();
}

/** Reported values are only compared, so their hashes are enough. */
const reportedHashes = (keys: TenantKeys, reportedValues: readonly ReportedValue[]): [string, string][] =>
  reportedValues.map(({ field, value }) => [field, valueHash(keys, canonicalValue(value))]);

function subjectKey(batch: AppendBatch, subject: string, now: number): KeyObject {
  const existing = batch.subjectKey(subject);
  if (existing) return existing;
  const dataKey = newKey();
  batch.putSubjectKey({ subject, wrapped_key: wrapDataKey(batch.keys, subject, dataKey), created_at: now }, dataKey);
  return dataKey;
}

function toPayload({ ref, changedAt, deleted, identifiers, edges, data }: RecordInput): RecordPayload {
  return { ref, changedAt, deleted: deleted ?? false, identifiers, edges, data };
}
