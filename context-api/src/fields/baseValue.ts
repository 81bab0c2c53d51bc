import type { FieldValue, StoredRecord } from "@sidelight/model/records.ts";
import type { FieldDefinition } from "../config/fields.ts";
import { valueIn } from "../context/fieldValue.ts";
import { openReader } from "../log/reader.ts";
import type { FieldTools } from "./fieldTools.ts";
import type { FieldRecord, FieldRecords } from "./participants.ts";

/** How many earlier versions of a record are searched for the agreed value. */
const maxVersions = 3;

/** Hash of the value that was last agreed with the owner; null when nothing was. */
export const baseText = ({ owner: { key, state } }: FieldRecords): string | null =>
  state?.partner === key ? state.agreed : null;

/**
 * The value that was last agreed. Only its hash is stored, so it is searched in the records, as they are and as they were.
 * @param text hash of the value; null when nothing was agreed
 * @returns undefined when no version has it
 */
export async function baseValue(
  tools: Pick<FieldTools, "log" | "textOf">,
  { owner, others, definition }: FieldRecords & { definition: FieldDefinition },
  text: string | null,
): Promise<FieldValue | undefined> {
  if (text === null) return undefined;
  const records = [owner, ...others];
  const present = records.find((participant) => participant.text === text);
  if (present) return present.value;
  for (const participant of records) {
    const value = await earlierValue(tools, participant, definition, text);
    if (value !== undefined) return value;
  }
  return undefined;
}

async function earlierValue(
  { log, textOf }: Pick<FieldTools, "log" | "textOf">,
  { key, record }: FieldRecord,
  definition: FieldDefinition,
  text: string,
): Promise<FieldValue | undefined> {
  let version: StoredRecord | undefined = record;
  for (let step = 0; step < maxVersions && version; step++) {
    [version] = await openReader(log, { at: version.sequence - 1 }).records([key]);
    const value = version && valueIn(version, definition.name);
    if (value !== undefined && textOf(value, definition) === text) return value;
  }
  return undefined;
}
