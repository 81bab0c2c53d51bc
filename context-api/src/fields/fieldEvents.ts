import type { EventInput, FieldValue, StoredRecord } from "@sidelight/model/records.ts";
import type { FieldDefinition, FieldType } from "../config/fields.ts";
import { ownPlatform } from "../signals/derived.ts";

/** Types of the events that record each decision about a field. */
export const fieldEventTypes = {
  flowed: "customer.field.flowed",
  opened: "customer.field.conflict_opened",
  resolved: "customer.field.conflict_resolved",
} as const;

/** A value under a name that shows its type, so that it is masked as one. */
export const namedValue = (type: FieldType, value: FieldValue): Record<string, FieldValue> => ({
  [type === "email" || type === "phone" ? type : "value"]: value,
});

/** An event about a field of the customer that a record belongs to. It is sealed under the key of the record's subject. */
export const fieldEvent = (
  type: string,
  {
    record,
    node,
    definition,
    name,
    now,
  }: { record: StoredRecord; node: string; definition: FieldDefinition; name: string; now: number },
  data: Record<string, unknown>,
): EventInput => ({
  type,
  timestamp: now,
  ...{ platform: ownPlatform, connection: ownPlatform, object: record.object, ref: record.ref, subject: record.ref },
  sourceIds: [name],
  ...{ sourceEventId: null, record: null, interaction: null, isEcho: false },
  data: { customer: `${definition.kind}:${node}`, field: definition.name, rule: definition.rule, ...data },
});
