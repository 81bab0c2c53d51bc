import type { KeyObject } from "node:crypto";
import type { EventInput, RecordData, RecordInput } from "@sidelight/model/records.ts";
import canonicalize from "canonicalize";
import { monotonicFactory } from "ulid";
import { identifierHash, receivedName, recordKey, type TenantKeys, wrapDataKey } from "../../security/keyring.ts";
import { keyedHash, newKey, seal, unseal } from "../../security/seal.ts";
import type { EventsTable } from "../../store/schema.ts";
import { createdAt, nameChange } from "../changeTypes.ts";
import type { EventPayload, RecordPayload } from "../payload.ts";
import type { Unit } from "../projections/projector.ts";
import { atItsRecord, foldRecord } from "../projections/projectRecord.ts";
import type { Change, CurrentRecord } from "../projections/rows.ts";
import type { AppendedEvent, QuarantineInput } from "./protocol.ts";

const ulid = monotonicFactory();
const dayMs = 86_400_000;

export interface Receipt {
  receivedAt: number;
  correlationId: string;
  /** The first filling of the store: what it brings is not news. */
  isBackfill: boolean;
  stages: string | null;
}

/** Appends what changed and folds it; what didn't change only moves its observation. */
export async function appendRecords(unit: Unit, records: RecordInput[], receipt: Receipt): Promise<number> {
  await prefetch(unit, records);
  let appended = 0;
  for (const record of records) if (await appendRecord(unit, record, receipt)) appended += 1;
  return appended;
}

/** Appends each event once, whatever version of its object it shows, and folds that where it is news. */
export async function appendEvents(unit: Unit, events: EventInput[], receipt: Receipt): Promise<AppendedEvent[]> {
  const { keys } = unit;
  await prefetch(
    unit,
    events.flatMap((e) => e.record ?? []),
  );
  await unit.prefetchReceived(events.flatMap((e) => e.sourceIds.map((id) => receivedName(keys, e.connection, id))));
  const appended: AppendedEvent[] = [];
  for (const event of events) appended.push(await appendEvent(unit, event, receipt));
  return appended;
}

/** Keeps an authentic message that could not be used, sealed under a key of its own. */
export async function appendQuarantine(unit: Unit, message: QuarantineInput, receivedAt: number): Promise<void> {
  const { tenant } = unit.keys;
  const { id, delivery, ...row } = message;
  const subject = recordKey(unit.keys, `quarantine:${id}`);
  const dataKey = await subjectKey(unit, subject, receivedAt);
  const payload = seal(dataKey, { tenant, table: "quarantine", id }, delivery);
  unit.putQuarantine({ tenant, id, ...row, state: "held", received_at: receivedAt, settled_at: null, subject, payload });
}

async function appendEvent(unit: Unit, event: EventInput, receipt: Receipt): Promise<AppendedEvent> {
  const { keys } = unit;
  const names = event.sourceIds.map((id) => receivedName(keys, event.connection, id));
  const known = names.map((name) => unit.receivedAs(name)).find((id) => id !== null);
  if (known) return { eventId: known, isDuplicate: true };
  const key = recordKey(keys, event.ref);
  const version = event.record && (await newVersion(unit, event.record));
  const subject = event.subjectKey ?? recordKey(keys, event.subject);
  const dataKey = await subjectKey(unit, subject, receipt.receivedAt);
  const { ref, interaction, data, isEcho } = event;
  const payload: EventPayload = { ref, record: version?.payload ?? null, interaction, data, isEcho };
  const row = put(unit, dataKey, payload, {
    type: event.type,
    schema_version: 2,
    timestamp: event.timestamp,
    platform: event.platform,
    connection: event.connection,
    object: event.object,
    key,
    subject,
    source_event_id: names[0] ?? null,
    ...inReceipt(receipt),
  });
  for (const name of names) unit.putReceived(name, row.event_id, receipt.receivedAt);
  if (version) await foldRecord(unit, atItsRecord(keys, row, ref, version.payload), version.payload, version.digest, dataKey);
  return { eventId: row.event_id, isDuplicate: false };
}

async function appendRecord(unit: Unit, record: RecordInput, receipt: Receipt): Promise<boolean> {
  const { keys } = unit;
  const version = await newVersion(unit, record);
  if (!version) return false;
  const { payload, digest, before } = version;
  const subject = recordKey(keys, record.subject);
  const dataKey = await subjectKey(unit, subject, receipt.receivedAt);
  const row = put(unit, dataKey, payload, {
    type: `${record.platform}.${record.object}.${await changeOf(unit, record, before, receipt)}`,
    schema_version: 1,
    timestamp: record.changedAt ?? record.observedAt,
    platform: record.platform,
    connection: record.connection,
    object: record.object,
    key: recordKey(keys, record.ref),
    subject,
    source_event_id: null,
    ...inReceipt(receipt),
  });
  await foldRecord(unit, row, payload, digest, dataKey);
  return true;
}

const inReceipt = ({ receivedAt, correlationId, stages }: Receipt) => ({
  received_at: receivedAt,
  correlation_id: correlationId,
  stages,
});

/** Puts an event at the end of the log. */
function put(
  unit: Unit,
  dataKey: KeyObject,
  payload: EventPayload | RecordPayload,
  fields: Omit<EventsTable, "tenant" | "sequence" | "event_id" | "payload">,
): EventsTable {
  const { tenant } = unit.keys;
  const event_id = `evt_${ulid(fields.received_at)}`;
  const sealed = seal(dataKey, { tenant, table: "events", id: event_id }, JSON.stringify(payload));
  const row = { tenant, sequence: unit.nextSequence(), event_id, ...fields, payload: sealed };
  unit.putEvent(row);
  return row;
}

interface NewVersion {
  payload: RecordPayload;
  digest: string;
  before: CurrentRecord | null;
}

/** The version that a record is, or null when it is older than what is known, or the same: then only its observation moves. */
async function newVersion(unit: Unit, record: RecordInput): Promise<NewVersion | null> {
  const { keys } = unit;
  const key = recordKey(keys, record.ref);
  const before = await unit.current(key);
  // An older version that arrives late says nothing about now.
  if (before && isOlder(record, before, await unit.latestChange(key))) return null;
  const { observedAt: observed_at, changedAt: changed_at, order: change_order = null } = record;
  unit.observe({ tenant: keys.tenant, key, observed_at, changed_at, change_order });
  const payload = toPayload(record);
  const digest = digestOf(keys, payload);
  return before?.digest === digest ? null : { payload, digest, before };
}

function isOlder({ changedAt, order }: RecordInput, before: CurrentRecord, known: Change): boolean {
  if (changedAt === null) return false;
  const latest = Math.max(before.changed_at ?? 0, known.changed_at ?? 0);
  if (changedAt !== latest) return changedAt < latest;
  return order !== undefined && known.changed_at === changedAt && known.change_order !== null && order < known.change_order;
}

async function changeOf(unit: Unit, record: RecordInput, before: CurrentRecord | null, receipt: Receipt): Promise<string> {
  // The first filling may bring a record in several pieces: none of them is news.
  if (receipt.isBackfill && !record.deleted) return "imported";
  const created = createdAt(record.data);
  const isNew = created !== null && created > receipt.receivedAt - dayMs;
  const data = before && !before.deleted ? await dataOf(unit, before) : null;
  return nameChange(data, record.data, { deleted: record.deleted ?? false, isNew });
}

/** Null when the subject was erased. */
async function dataOf(unit: Unit, { tenant, key, from_seq, subject }: CurrentRecord): Promise<RecordData | null> {
  const dataKey = await unit.subjectKey(subject);
  const sealed = await unit.sealedRecord(key);
  if (!dataKey || !sealed) return null;
  const plain = unseal(dataKey, { tenant, table: "records", id: `${key}:${from_seq}` }, sealed);
  return (JSON.parse(plain.toString()) as RecordPayload).data;
}

/** A keyed hash over what the record says; its times are not part of it. */
export function digestOf(keys: TenantKeys, payload: RecordPayload): string {
  const { changedAt: _, ...content } = payload;
  return keyedHash(keys.indexKey, canonicalize(content) ?? "");
}

async function subjectKey(unit: Unit, subject: string, now: number): Promise<KeyObject> {
  const known = await unit.subjectKey(subject);
  if (known) return known;
  const dataKey = newKey();
  const wrapped_key = wrapDataKey(unit.keys, subject, dataKey);
  unit.putSubjectKey({ tenant: unit.keys.tenant, subject, wrapped_key, created_at: now }, dataKey);
  return dataKey;
}

async function prefetch(unit: Unit, records: RecordInput[]): Promise<void> {
  const { keys } = unit;
  await unit.prefetch(
    records.map((r) => recordKey(keys, r.ref)),
    records.flatMap((r) => r.identifiers.map((i) => identifierHash(keys, i.kind, i.value))),
    records.map((r) => recordKey(keys, r.subject)),
  );
}

function toPayload({ ref, changedAt, deleted, identifiers, edges, data }: RecordInput): RecordPayload {
  return { ref, changedAt, deleted: deleted ?? false, identifiers, edges, data };
}
