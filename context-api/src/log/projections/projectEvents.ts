import type { KeyObject } from "node:crypto";
import { SidelightError } from "@sidelight/model/errors.ts";
import type { TenantKeys } from "../../security/keyring.ts";
import { unseal } from "../../security/seal.ts";
import { isStoreConflict, storeFaultOf } from "../../store/faults.ts";
import type { EventsTable } from "../../store/schema.ts";
import { listEventRowsAfter } from "../../store/tables/events.ts";
import { insertProjectionFailure } from "../../store/tables/projectionFailures.ts";
import { loadSubjectKeys } from "../../store/tables/subjectKeys.ts";
import type { WriterStore } from "../../store/writerStore.ts";
import { digestOf, type RecordPayload, readPayload } from "../payload.ts";
import { type Neighborhood, openProjectionBatch } from "./projectionBatch.ts";
import {
  type DerivedRows,
  derivedRows,
  eventForRecord,
  isCustomerKind,
  type ProjectableEvent,
  projectRecord,
} from "./projectRecord.ts";

/** A version of a record that an event carries, opened. */
export interface RecordVersion {
  event: ProjectableEvent;
  payload: RecordPayload;
  digest: string;
  dataKey: KeyObject;
}

export interface ProjectionFailure {
  sequence: number;
  eventId: string;
  /** The class and the place of the error; never a value. */
  reason: string;
}

/** What projecting some events did. */
export interface ProjectionResult {
  /** The invalidated dependencies, each with its latest sequence. */
  invalidations: Map<string, number>;
  failures: ProjectionFailure[];
}

export interface ProjectionTools {
  store: WriterStore;
  keys: TenantKeys;
  openSubjectKey(subject: string, wrapped: Buffer): KeyObject;
}

/**
 * Applies versions in their order, inside the caller's transaction. A version that cannot be applied is recorded as a failure, and the
 * others are applied without it.
 * @throws only when the store fails
 */
export async function projectVersions(tools: ProjectionTools, versions: readonly RecordVersion[]): Promise<ProjectionResult> {
  const { store, keys } = tools;
  const result: ProjectionResult = { invalidations: new Map(), failures: [] };
  await apply(versions);
  return result;

  async function apply(part: readonly RecordVersion[]): Promise<void> {
    const [first] = part;
    if (!first) return;
    try {
      for (const [dependency, sequence] of await store.savepoint(() => project(part)))
        result.invalidations.set(dependency, sequence);
    } catch (error) {
      if (storeFaultOf(error) !== null || isStoreConflict(error)) throw error;
      if (part.length > 1) for (const version of part) await apply([version]);
      else result.failures.push(await recordFailure(tools, first.event, error));
    }
  }

  async function project(part: readonly RecordVersion[]): Promise<Map<string, number>> {
    const batch = openProjectionBatch({
      rows: store.projectionRows(keys.tenant),
      keys,
      openSubjectKey: tools.openSubjectKey,
    });
    const rows = part.map(({ event, payload }) => derivedRows(keys, event, payload));
    await batch.prefetch(part.map(({ event, payload }, i) => neighborhoodOf(event.key, payload, rows[i])));
    for (const [i, { event, payload, digest, dataKey }] of part.entries())
      await projectRecord(batch, event, payload, digest, dataKey, rows[i]);
    return await batch.flush();
  }
}

/** Only people and companies are matched with others. */
const neighborhoodOf = (key: string, { data }: RecordPayload, rows: DerivedRows | undefined): Neighborhood => ({
  key,
  targets: rows?.edges.map(({ to_key }) => to_key) ?? [],
  identifiers: (isCustomerKind(data.kind) && rows?.identifiers) || [],
  isMatched: isCustomerKind(data.kind),
});

/**
 * Projects the events after a sequence from the log, inside the caller's transaction.
 * @returns null when there is no event
 */
export async function projectNext(
  tools: ProjectionTools,
  afterSequence: number,
  limit: number,
): Promise<(ProjectionResult & { through: number }) | null> {
  const { store, keys } = tools;
  const events = await listEventRowsAfter(store.forTenant(keys.tenant), { after: afterSequence }, limit);
  const lastEvent = events.at(-1);
  if (!lastEvent) return null;
  const { versions, damaged } = await openVersions(tools, events);
  const { invalidations, failures } = await projectVersions(tools, versions);
  for (const { event, error } of damaged) failures.push(await recordFailure(tools, event, error));
  return { invalidations, failures, through: lastEvent.sequence };
}

/** The versions that events carry. An event of an erased subject, or one that retention emptied, carries none. */
async function openVersions({ store, keys, openSubjectKey }: ProjectionTools, events: EventsTable[]) {
  const wrappedKeys = await loadSubjectKeys(
    store.forTenant(keys.tenant),
    events.map((e) => e.subject),
  );
  const dataKeys = new Map(wrappedKeys.map(({ subject, wrapped_key }) => [subject, openSubjectKey(subject, wrapped_key)]));
  const versions: RecordVersion[] = [];
  const damaged: { event: EventsTable; error: unknown }[] = [];
  for (const event of events) {
    const dataKey = dataKeys.get(event.subject);
    if (!dataKey || event.payload.length === 0) continue;
    try {
      const plain = unseal(dataKey, { tenant: keys.tenant, table: "events", id: event.event_id }, event.payload);
      const { ref, record } = readPayload(event.schema_version, plain.toString());
      if (!record) continue;
      const digest = digestOf(keys, record);
      versions.push({ event: eventForRecord(keys, event, ref, record), payload: record, digest, dataKey });
    } catch (error) {
      damaged.push({ event, error });
    }
  }
  return { versions, damaged };
}

async function recordFailure(
  { store, keys }: ProjectionTools,
  { sequence, event_id }: ProjectableEvent,
  error: unknown,
): Promise<ProjectionFailure> {
  const failure = { sequence, eventId: event_id, reason: reasonOf(error) };
  await store.execute(insertProjectionFailure(store.forTenant(keys.tenant), failure));
  return failure;
}

/** Messages of errors may quote data. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  const name = error instanceof SidelightError ? error.code : error.name;
  const place = /^\s+at (?:async )?([\w.$<>]+)/m.exec(error.stack ?? "")?.[1];
  return place === undefined ? name : `${name} in ${place}`;
}
