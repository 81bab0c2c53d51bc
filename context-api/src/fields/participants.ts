import type { FieldValue, StoredRecord } from "@sidelight/model/records.ts";
import type { FieldDefinition } from "../config/fields.ts";
import { valueIn } from "../context/fieldValue.ts";
import type { FieldStateRow } from "../store/tables/fieldStates.ts";
import type { FieldState, Participant } from "./decide.ts";
import type { FieldTools } from "./fieldTools.ts";

/** A record that takes part in a decision, with its value. */
export interface FieldRecord extends Participant {
  record: StoredRecord;
  value: FieldValue;
}

/** The records of a customer that keep a field: one of each platform. */
export interface FieldRecords {
  owner: FieldRecord;
  others: FieldRecord[];
}

/**
 * Of several records of one platform, the oldest takes part: the one with the lowest id in the first connection. It stays the same
 * while the customer does. Null without a record of the owner, because then nothing is known with authority.
 */
export function fieldRecords(
  { platforms, rank, textOf }: FieldTools,
  definition: FieldDefinition,
  records: readonly StoredRecord[],
  states: readonly FieldStateRow[],
): FieldRecords | null {
  const { name, kind, owner: ownerName } = definition;
  const emptyText = textOf(null, definition);
  const participants = Object.keys(definition.platforms).flatMap((platform): FieldRecord[] => {
    const object = platforms.get(platform)?.fields?.[kind]?.object;
    const [record] = records
      .filter(
        (candidate) => candidate.platform === platform && candidate.object === object && valueIn(candidate, name) !== undefined,
      )
      .sort((a, b) => rank(a) - rank(b) || a.id.length - b.id.length || (a.id < b.id ? -1 : 1));
    const value = record && valueIn(record, name);
    if (!record || value === undefined) return [];
    const row = states.find(({ key, field }) => key === record.key && field === name);
    const state = row ? stateOf(row) : null;
    const text = textOf(value, definition);
    const recordTime = record.changedAt ?? record.observedAt;
    return [
      {
        ...{ platform, key: record.key, text, record, value, state },
        isEmpty: text === emptyText,
        isEcho: false,
        length: value === null ? 0 : String(value).trim().length,
        changedAt: state?.seen === text ? state.changedAt : recordTime,
      },
    ];
  });
  const owner = participants.find(({ platform }) => platform === ownerName);
  return owner ? { owner, others: participants.filter((participant) => participant !== owner) } : null;
}

const stateOf = ({ seen, agreed, partner, hops, changed_at, written_at }: FieldStateRow): FieldState => ({
  ...{ seen, agreed, partner, hops },
  changedAt: changed_at,
  writtenAt: written_at,
});
