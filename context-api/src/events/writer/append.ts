import type { KeyObject } from "node:crypto";
import canonicalize from "canonicalize";
import { monotonicFactory } from "ulid";
import type { RecordInput } from "../../platforms/records.ts";
import { identifierHash, recordKey, type TenantKeys, wrapDataKey } from "../../security/keyring.ts";
import { keyedHash, newKey, seal } from "../../security/seal.ts";
import { foldRecord, type RecordPayload } from "../projections/fold.ts";
import type { Unit } from "../projections/unit.ts";

const ulid = monotonicFactory();

export interface Receipt {
  receivedAt: number;
  correlationId: string;
}

/** Appends what changed and folds it; what didn't change only moves its observation. */
export async function appendRecords(unit: Unit, records: RecordInput[], receipt: Receipt): Promise<number> {
  const { keys } = unit;
  await unit.prefetch(
    records.map((r) => recordKey(keys, r.ref)),
    records.flatMap((r) => r.identifiers.map((i) => identifierHash(keys, i.kind, i.value))),
    records.map((r) => recordKey(keys, r.subject)),
  );
  let appended = 0;
  for (const record of records) if (await appendRecord(unit, record, receipt)) appended += 1;
  return appended;
}

async function appendRecord(unit: Unit, record: RecordInput, receipt: Receipt): Promise<boolean> {
  const { keys } = unit;
  const { tenant } = keys;
  const key = recordKey(keys, record.ref);
  const before = await unit.current(key);
  if (before && record.changedAt !== null) {
    const known = Math.max(before.changed_at ?? 0, (await unit.latestChange(key)) ?? 0);
    // An older version that arrives late says nothing about now.
    if (record.changedAt < known) return false;
  }
  unit.observe({ tenant, key, observed_at: record.observedAt, changed_at: record.changedAt });
  const payload = toPayload(record);
  const digest = digestOf(keys, payload);
  if (before?.digest === digest) return false;

  const subject = recordKey(keys, record.subject);
  const dataKey = await subjectKey(unit, subject, receipt.receivedAt);
  const sequence = unit.nextSequence();
  const eventId = `evt_${ulid(receipt.receivedAt)}`;
  const change = payload.deleted ? "deleted" : before ? "updated" : "imported";
  const event = {
    tenant,
    sequence,
    event_id: eventId,
    type: `${record.platform}.${record.object}.${change}`,
    schema_version: 1,
    timestamp: record.changedAt ?? record.observedAt,
    received_at: receipt.receivedAt,
    platform: record.platform,
    connection: record.connection,
    object: record.object,
    key,
    subject,
    correlation_id: receipt.correlationId,
    source_event_id: null,
  };
  unit.putEvent({ ...event, payload: seal(dataKey, { tenant, table: "events", id: eventId }, JSON.stringify(payload)) });
  await foldRecord(unit, event, payload, digest, dataKey);
  return true;
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

function toPayload({ ref, changedAt, deleted, identifiers, edges, data }: RecordInput): RecordPayload {
  return { ref, changedAt, deleted: deleted ?? false, identifiers, edges, data };
}
