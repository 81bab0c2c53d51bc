import { consentOf, type Purpose, withdrawalsOf } from "@sidelight/model/purposes.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import type { PullContext } from "@sidelight/platform-kit/platform.ts";
import type { ObjectView } from "./orgSchema.ts";

/** Keeps what is stored about purposes whose consent field the org no longer shows. A missing field is no consent. */
export async function keepUnknownConsent(
  records: RecordInput[],
  { unknownConsent }: ObjectView,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const isPerson = ({ data }: RecordInput): boolean => data.kind === "person";
  if (unknownConsent.length === 0 || !records.some(isPerson)) return records;
  const stored = await readCurrent(records.filter(isPerson).map(({ ref }) => ref));
  return records.map((record) => {
    const previous = stored.get(record.ref);
    if (record.data.kind !== "person" || previous?.kind !== "person") return record;
    const kept = withdrawalsOf(previous).filter((purpose) => unknownConsent.includes(purpose));
    const withdrawals = new Set<Purpose>([...withdrawalsOf(record.data), ...kept]);
    return { ...record, data: { ...record.data, ...consentOf([...withdrawals]) } };
  });
}
