import type { KeyObject } from "node:crypto";
import { canonicalValue } from "@sidelight/model/canonicalValue.ts";
import type { EventInput, RecordData, RecordInput, ReportedValue } from "@sidelight/model/records.ts";
import { mergeUsage } from "@sidelight/model/usage.ts";
import canonicalize from "canonicalize";
import { monotonicFactory } from "ulid";
import { deduplicationKey, recordKey, sourceEventHash, type TenantKeys, valueHash, wrapDataKey } from "../../security/keyring.ts";
import { keyedHash, newKey, seal, unseal } from "../../security/seal.ts";
import type { CurrentRecord, NewRow, SourceChange } from "../../store/tables/projectionRows.ts";
import { changeType, createdAt } from "../changeTypes.ts";
import type { EventPayload, RecordPayload } from "../payload.ts";
import type { ProjectionBatch } from "../projections/projectionBatch.ts";
import { eventForRecord, projectRecord } from "../projections/projectRecord.ts";
import type { AppendedEvent, QuarantineInput } from "./protocol.ts";

const ulid = monotonicFactory();
const dayMs = 86_400_000;

export interface AppendContext {
  receivedAt: number;
  correlationId: string;
  /** True for the first backfill: its records are not changes. */
  isBackfill: boolean;
  stages: string | null;
}

/** Appends and projects the records that changed. An unchanged record only moves its observation. @returns how many were appended */
export async function appendRecords(batch: ProjectionBatch, records: RecordInput[], context: AppendContext): Promise<number> {
  await prefetch(batch, records);
  let count = 0;
  for (const record of records) if (await appendRecord(batch, record, context)) count += 1;
  return count;
}

/** Appends each event once, also when its record is not new, and projects the record when it is. */
export async function appendEvents(
  batch: ProjectionBatch,
  events: EventInput[],
  context: AppendContext,
): Promise<AppendedEvent[]> {
  const { keys } = batch;
  await prefetch(
    batch,
    events.flatMap((e) => e.record ?? []),
  );
  await batch.prefetchDeduplicationKeys(events.flatMap((e) => e.sourceIds.map((id) => deduplicationKey(keys, e.connection, id))));
  const results: AppendedEvent[] = [];
  for (const event of events) results.push(await appendEvent(batch, event, context));
  return results;
}

/** Quarantines a verified message that could not be used, sealed under its own key. */
export async function appendQuarantine(batch: ProjectionBatch, message: QuarantineInput, receivedAt: number): Promise<void> {
  const { id, request, ...row } = message;
  const subject = recordKey(batch.keys, `quarantine:${id}`);
  const dataKey = await subjectKey(batch, subject, receivedAt);
  const payload = seal(dataKey, { tenant: batch.keys.tenant, table: "quarantine", id }, request);
  batch.putQuarantine({ id, ...row, state: "quarantined", received_at: receivedAt, resolved_at: null, subject, payload });
}

async function appendEvent(batch: ProjectionBatch, event: EventInput, context: AppendContext): Promise<AppendedEvent> {
  const { keys } = batch;
  const deduplicationKeys = event.sourceIds.map((id) => deduplicationKey(keys, event.connection, id));
  const existing = deduplicationKeys.map((key) => batch.eventIdOf(key)).find((id) => id !== null);
  if (existing) return { eventId: existing, isDuplicate: true };
  const version = event.record && (await newVersion(batch, event.record));
  const subject = event.subjectKey ?? recordKey(keys, event.subject);
  const dataKey = await subjectKey(batch, subject, context.receivedAt);
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
  if (version)
    await projectRecord(batch, eventForRecord(keys, row, ref, version.payload), version.payload, version.digest, dataKey);
  return { eventId: row.event_id, isDuplicate: false };
}

async function appendRecord(batch: ProjectionBatch, input: RecordInput, context: AppendContext): Promise<boolean> {
  const { keys } = batch;
  const record = await withStoredCounts(batch, input);
  const version = await newVersion(batch, record);
  if (!version) return false;
  const { payload, digest, previous } = version;
  const subject = recordKey(keys, record.subject);
  const dataKey = await subjectKey(batch, subject, context.receivedAt);
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
  await projectRecord(batch, row, payload, digest, dataKey);
  return true;
}

const contextColumns = ({ receivedAt, correlationId, stages }: AppendContext) => ({
  received_at: receivedAt,
  correlation_id: correlationId,
  stages,
});

/** Adds an event at the end of the log. */
function putEvent(
  batch: ProjectionBatch,
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
async function withStoredCounts(batch: ProjectionBatch, record: RecordInput): Promise<RecordInput> {
  const { counted, data } = record;
  if (!counted || data.kind !== "usage") return record;
  const key = recordKey(batch.keys, record.ref);
  const current = await batch.current(key);
  const storedData = current && !current.deleted ? await dataOf(batch, current) : null;
  if (storedData?.kind !== "usage") return { ...record, data: mergeUsage(undefined, data, counted) };
  const { change_order } = await batch.latestSourceChange(key);
  const order = Math.max(orderOf(record), change_order ?? 0);
  return { ...record, order, data: mergeUsage(storedData, data, counted, orderOf(record) < order) };
}

interface NewVersion {
  payload: RecordPayload;
  digest: string;
  previous: CurrentRecord | null;
}

/** The new version of a record; null when it is unchanged (then its observation moves) or older than the current version. */
async function newVersion(batch: ProjectionBatch, record: RecordInput): Promise<NewVersion | null> {
  const { keys } = batch;
  const key = recordKey(keys, record.ref);
  const previous = await batch.current(key);
  // A late, older version is no evidence of the present.
  if (previous && isOlder(record, previous, await batch.latestSourceChange(key))) return null;
  const { observedAt: observed_at, changedAt: changed_at } = record;
  batch.observe({ key, observed_at, changed_at, change_order: orderOf(record) });
  // Deleted again: the first deletion may name the record's successor.
  if (previous?.deleted && record.deleted && !record.edges.some(({ rel }) => rel === "merged_into")) return null;
  const payload = toPayload(record);
  const digest = digestOf(keys, payload);
  return previous?.digest === digest ? null : { payload, digest, previous };
}

/**
 * The source's modification time decides. Where it is equal or absent, the order decides. It also decides after a read that showed the
 * record to be gone: a change that happened before that read does not bring it back.
 */
function isOlder(record: RecordInput, previous: CurrentRecord, { changed_at, change_order }: SourceChange): boolean {
  const { changedAt } = record;
  const isGone = previous.deleted && previous.changed_at === null;
  if (isGone && change_order !== null && orderOf(record) < change_order) return true;
  const latest = Math.max(previous.changed_at ?? 0, changed_at ?? 0);
  if (changedAt !== null && changedAt !== latest) return changedAt < latest;
  // The stored order belongs to the version with the stored modification time.
  if (changedAt !== null && changed_at !== changedAt) return false;
  return change_order !== null && orderOf(record) < change_order;
}

/** A read shows every change before its request, so an event that happened earlier does not outrank it. */
const orderOf = ({ order, observedAt }: RecordInput): number => order ?? observedAt;

async function changeOf(
  batch: ProjectionBatch,
  record: RecordInput,
  previous: CurrentRecord | null,
  context: AppendContext,
): Promise<string> {
  // The first backfill may bring a record in several pieces. None of them is a change.
  if (context.isBackfill && !record.deleted) return "imported";
  const created = createdAt(record.data);
  const isNew = created !== null && created > context.receivedAt - dayMs;
  const data = previous && !previous.deleted ? await dataOf(batch, previous) : null;
  const movedEdges = data === null ? new Set<string>() : await changedEdges(batch, record);
  return changeType(data, record.data, { deleted: record.deleted ?? false, isNew, movedEdges });
}

/** Relations whose target is not the one of the previous version. */
async function changedEdges({ keys, edgesOf }: ProjectionBatch, { ref, edges }: RecordInput): Promise<Set<string>> {
  const names = (rows: readonly { rel: string; target: string }[]) => new Set(rows.map(({ rel, target }) => `${rel} ${target}`));
  const previous = (await edgesOf(recordKey(keys, ref))).map(({ rel, to_key }) => ({ rel, target: to_key }));
  const next = edges.map(({ rel, to }) => ({ rel, target: recordKey(keys, to) }));
  return new Set([...names(previous).symmetricDifference(names(next))].map((name) => name.split(" ", 1)[0] ?? ""));
}

/** Null when the subject was erased. */
async function dataOf(batch: ProjectionBatch, { key, from_seq, subject }: CurrentRecord): Promise<RecordData | null> {
  const dataKey = await batch.subjectKey(subject);
  const sealedPayload = await batch.sealedRecord(key);
  if (!dataKey || !sealedPayload) return null;
  const plain = unseal(dataKey, { tenant: batch.keys.tenant, table: "records", id: `${key}:${from_seq}` }, sealedPayload);
  return (JSON.parse(plain.toString()) as RecordPayload).data;
}

/** Reported values are only compared, so their hashes are enough. */
const reportedHashes = (keys: TenantKeys, reportedValues: readonly ReportedValue[]): [string, string][] =>
  reportedValues.map(({ field, value }) => [field, valueHash(keys, canonicalValue(value))]);

/** Keyed hash of a record's content. Its times are not part of it. */
export function digestOf(keys: TenantKeys, payload: RecordPayload): string {
  const { changedAt: _, ...content } = payload;
  return keyedHash(keys.indexKey, canonicalize(content) ?? "");
}

async function subjectKey(batch: ProjectionBatch, subject: string, now: number): Promise<KeyObject> {
  const existing = await batch.subjectKey(subject);
  if (existing) return existing;
  const dataKey = newKey();
  batch.putSubjectKey({ subject, wrapped_key: wrapDataKey(batch.keys, subject, dataKey), created_at: now }, dataKey);
  return dataKey;
}

async function prefetch(batch: ProjectionBatch, records: RecordInput[]): Promise<void> {
  const { keys } = batch;
  await batch.prefetch(
    records.map((r) => recordKey(keys, r.ref)),
    records.map((r) => recordKey(keys, r.subject)),
  );
}

function toPayload({ ref, changedAt, deleted, identifiers, edges, data }: RecordInput): RecordPayload {
  return { ref, changedAt, deleted: deleted ?? false, identifiers, edges, data };
}
