import type { KeyObject } from "node:crypto";
import type { Kysely } from "kysely";
import type { TenantKeys } from "../../security/keyring.ts";
import { unseal } from "../../security/seal.ts";
import type { Database } from "../../store/schema.ts";
import { readPayload } from "../payload.ts";
import { openUnit } from "../projections/projector.ts";
import { atItsRecord, foldRecord } from "../projections/projectRecord.ts";
import type { Rows } from "../projections/rows.ts";
import { restoreBaseline } from "../retention/prune.ts";
import { digestOf } from "../writer/append.ts";

const batch = 2000;

/** Drops a tenant's projections and folds its log anew, from its baseline on, inside the caller's transaction. */
export async function rebuild(
  db: Kysely<Database>,
  rows: Rows,
  keys: TenantKeys,
  openSubjectKey: (subject: string, wrapped: Buffer) => KeyObject,
): Promise<Map<string, number>> {
  const baseline = await restoreBaseline(db, keys.tenant);
  const bumped = new Map<string, number>();
  for (let last = baseline; ; ) {
    const events = await db
      .selectFrom("events")
      .selectAll()
      .where("tenant", "=", keys.tenant)
      .where("sequence", ">", last)
      .orderBy("sequence")
      .limit(batch)
      .execute();
    if (events.length === 0) return bumped;
    const unit = openUnit({ rows, keys, head: last, openSubjectKey });
    await unit.prefetch(
      events.map((e) => e.key),
      [],
      events.map((e) => e.subject),
    );
    for (const event of events) {
      const dataKey = await unit.subjectKey(event.subject);
      // No key: the subject was erased, and its events are silent for good.
      if (!dataKey) continue;
      const plain = unseal(dataKey, { tenant: keys.tenant, table: "events", id: event.event_id }, event.payload);
      const { ref, record } = readPayload(event.schema_version, plain.toString());
      if (record) await foldRecord(unit, atItsRecord(keys, event, ref, record), record, digestOf(keys, record), dataKey);
    }
    for (const [node, version] of await unit.flush()) bumped.set(node, version);
    last = events.at(-1)!.sequence;
  }
}
