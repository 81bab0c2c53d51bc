import { consentOf, type Purpose, withdrawalsOf } from "@sidelight/model/purposes.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import type { PullContext } from "./platform.ts";

/** Keeps what is stored about purposes whose consent field the platform no longer shows. A missing field is no consent. */
export async function keepUnknownConsent(
  records: RecordInput[],
  unknownPurposes: (record: RecordInput) => readonly Purpose[],
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const unclear = records.filter((record) => record.data.kind === "person" && unknownPurposes(record).length > 0);
  if (unclear.length === 0) return records;
  const stored = await readCurrent(unclear.map(({ ref }) => ref));
  return records.map((record) => {
    const previous = stored.get(record.ref);
    if (record.data.kind !== "person" || previous?.kind !== "person") return record;
    const unknown = unknownPurposes(record);
    const kept = withdrawalsOf(previous).filter((purpose) => unknown.includes(purpose));
    const withdrawals = new Set<Purpose>([...withdrawalsOf(record.data), ...kept]);
    return { ...record, data: { ...record.data, ...consentOf([...withdrawals]) } };
  });
}
