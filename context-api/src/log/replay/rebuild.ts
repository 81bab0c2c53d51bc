import type { KeyObject } from "node:crypto";
import type { TenantKeys } from "../../security/keyring.ts";
import { unseal } from "../../security/seal.ts";
import { findBaseline, restoreBaseline } from "../../store/tables/baselines.ts";
import { listEventRowsAfter } from "../../store/tables/events.ts";
import type { WriterStore } from "../../store/writerStore.ts";
import { readPayload } from "../payload.ts";
import { openProjectionBatch } from "../projections/projectionBatch.ts";
import { eventForRecord, projectRecord } from "../projections/projectRecord.ts";
import { digestOf } from "../writer/append.ts";

const batchSize = 2000;

/**
 * Deletes a tenant's projections and applies its log again from the baseline on, inside the caller's transaction.
 * @returns the invalidated dependencies, each with its latest sequence
 */
export async function rebuild(
  { forTenant, projectionRows, execute }: WriterStore,
  keys: TenantKeys,
  openSubjectKey: (subject: string, wrappedKey: Buffer) => KeyObject,
): Promise<Map<string, number>> {
  const store = forTenant(keys.tenant);
  for (const statement of restoreBaseline(store)) execute(statement);
  const invalidations = new Map<string, number>();
  let head = (await findBaseline(store))?.sequence ?? 0;
  for (;;) {
    const events = await listEventRowsAfter(store, head, batchSize);
    const lastEvent = events.at(-1);
    if (!lastEvent) return invalidations;
    const batch = openProjectionBatch({ rows: projectionRows(keys.tenant), keys, head, openSubjectKey });
    await batch.prefetch(
      events.map((e) => e.key),
      events.map((e) => e.subject),
    );
    for (const event of events) {
      const dataKey = await batch.subjectKey(event.subject);
      // An erased subject has no key: its events stay unreadable.
      if (!dataKey) continue;
      const plain = unseal(dataKey, { tenant: keys.tenant, table: "events", id: event.event_id }, event.payload);
      const { ref, record } = readPayload(event.schema_version, plain.toString());
      if (record) await projectRecord(batch, eventForRecord(keys, event, ref, record), record, digestOf(keys, record), dataKey);
    }
    for (const [dependency, sequence] of await batch.flush()) invalidations.set(dependency, sequence);
    head = lastEvent.sequence;
  }
}
