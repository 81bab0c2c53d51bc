import { canonicalForms } from "@sidelight/model/canonicalValue.ts";
import type { FieldValue } from "@sidelight/model/records.ts";
import type { FieldDefinition } from "../config/fields.ts";
import { valueHash } from "../security/keyring.ts";
import type { WrittenValuesTable } from "../store/schema.ts";
import { listWrittenValues } from "../store/tables/writtenValues.ts";
import { isUnforeseen } from "./decide.ts";
import type { FieldTools } from "./fieldTools.ts";
import type { FieldRecords } from "./participants.ts";

/** Platforms report a change up to this much later. */
const reportMs = 72 * 3_600_000;
/** Difference between our clock and the platform's. */
const skewMs = 5 * 60_000;

/** Marks values that an earlier delivery wrote: a report of it can arrive after a newer value was agreed. */
export async function markEchoes(
  { log, clock }: Pick<FieldTools, "log" | "clock">,
  fields: readonly (FieldRecords & { definition: FieldDefinition })[],
): Promise<void> {
  const changed = fields.flatMap(({ owner, others, definition }) =>
    [owner, ...others]
      .filter((p) => isUnforeseen(p) && p.state?.writtenAt != null)
      .map((participant) => ({ participant, definition })),
  );
  if (changed.length === 0) return;
  const keys = [...new Set(changed.map(({ participant }) => participant.key))];
  const rows = await listWrittenValues(log.store, keys, clock.now() - reportMs);
  const hashesOf = (value: FieldValue) => canonicalForms(value).map((form) => valueHash(log.keys, form));
  for (const { participant, definition } of changed) {
    const hashes = hashesOf(participant.value);
    participant.isEcho = rows.some(
      (row) =>
        row.key === participant.key &&
        row.field === `/fields/${definition.name}` &&
        (JSON.parse(row.hashes) as string[]).some((hash) => hashes.includes(hash)) &&
        isReportTime(row, participant.changedAt),
    );
  }
}

/** A value that is set again later than the newer write is someone else's change. */
const isReportTime = ({ sent_at, superseded_at }: WrittenValuesTable, changedAt: number): boolean =>
  changedAt >= sent_at - skewMs && (superseded_at === null || changedAt <= superseded_at + skewMs / 10);
