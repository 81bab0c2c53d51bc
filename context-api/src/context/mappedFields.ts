import { fieldNameOf, isFieldKey } from "@sidelight/contracts/sessions/layout.ts";
import { maskMark } from "@sidelight/model/masking.ts";
import type { FieldValue, StoredRecord } from "@sidelight/model/records.ts";
import { type FieldDefinition, type FieldType, fieldDefinitions } from "../config/fields.ts";
import type { Rights } from "../security/roles.ts";
import { valueIn } from "./fieldValue.ts";
import {
  ofSource,
  ownPeople,
  provenanceOf,
  type SectionContent,
  type SectionDefinition,
  type SectionInput,
} from "./sections/section.ts";
import type { Tenant } from "./tenant.ts";

/** A field of the configuration that a layout shows. */
export interface MappedField extends Pick<FieldDefinition, "name" | "kind" | "owner"> {
  type: FieldType;
  /** The section of the platform that owns the field. */
  section: string;
}

type FieldTenant = Pick<Tenant, "config" | "platforms">;

const fieldsByConfig = new WeakMap<object, ReadonlyMap<string, MappedField>>();

/** The mapped fields that a layout of the tenant names, by their keys: `field:supportTier`. No others are part of contexts. */
export function mappedFieldsOf({ config, platforms }: FieldTenant): ReadonlyMap<string, MappedField> {
  const computed = fieldsByConfig.get(config);
  if (computed) return computed;
  const keys = new Set(config.panel.layouts.flatMap(({ facts = [], rows = [] }) => [...facts.filter(isFieldKey), ...rows]));
  const definitions = keys.size === 0 ? [] : fieldDefinitions(config, platforms).definitions;
  const fields = new Map(
    [...keys].flatMap((key): [string, MappedField][] => {
      const definition = definitions.find(({ name }) => name === fieldNameOf(key));
      const section = definition && platforms.get(definition.owner)?.section;
      if (!definition || !section) return [];
      const { name, kind, owner, type } = definition;
      return [[key, { name, kind, owner, type, section }]];
    }),
  );
  fieldsByConfig.set(config, fields);
  return fields;
}

/** The section with the values of its mapped fields, from the platform that owns each. */
export function withMappedFields(
  { name: section, source }: SectionDefinition,
  input: SectionInput,
  content: SectionContent,
  tenant: FieldTenant,
): SectionContent {
  if (!source || typeof content.data !== "object" || content.data === null) return content;
  const fields = [...mappedFieldsOf(tenant).values()].filter((field) => field.section === section);
  if (fields.length === 0) return content;
  const result = { ...content, provenance: { ...content.provenance }, absent: { ...content.absent } };
  const values: Record<string, FieldValue> = {};
  for (const field of fields) {
    const { name } = field;
    const records = recordsOf(field, input);
    const holder = holderOf(name, records);
    values[name] = holder?.value ?? null;
    if (holder) result.provenance[`/fields/${name}`] = provenanceOf(input, holder.record, `mapped: ${name}`);
    // A field that the account of the platform lacks is in none of its records.
    else result.absent[`/fields/${name}`] = records.length > 0 ? "not_mapped" : "none_set";
    if (holder?.value === null) result.absent[`/fields/${name}`] = "none_set";
  }
  return { ...result, data: { ...content.data, fields: values } };
}

/** The customer's records at the platform that owns the field. */
function recordsOf({ kind, owner }: MappedField, input: SectionInput): StoredRecord[] {
  const records = kind === "company" ? (input.records.company?.records ?? []) : ownPeople(input.records);
  return ofSource<StoredRecord>(input, records).filter(({ platform }) => platform === owner);
}

/** The record that shows the field: the first one with a value, otherwise the first one. */
function holderOf(name: string, records: readonly StoredRecord[]): { record: StoredRecord; value: FieldValue } | null {
  const holders = records.flatMap((record) => {
    const value = valueIn(record, name);
    return value === undefined ? [] : [{ record, value }];
  });
  return holders.find(({ value }) => value !== null) ?? holders[0] ?? null;
}

/**
 * Hides the mapped addresses and phone numbers that their form does not show to be personal, from a reader without the right `pii`.
 * @param masked pointers of what is hidden already; those of the hidden fields are added
 */
export function maskMappedFields<Data>(data: Data, masked: string[], rights: Pick<Rights, "pii">, tenant: FieldTenant): Data {
  const fields = mappedFieldsOf(tenant);
  if (rights.pii || fields.size === 0 || !hasFields(data)) return data;
  const values = { ...data.fields };
  for (const { name, type } of fields.values()) {
    const pointer = `/fields/${name}`;
    const isPersonal = type === "email" || type === "phone";
    if (!isPersonal || masked.includes(pointer) || values[name] === undefined || values[name] === null) continue;
    values[name] = maskMark;
    masked.push(pointer);
  }
  return { ...data, fields: values };
}

const hasFields = (data: unknown): data is { fields: Record<string, FieldValue> } =>
  typeof data === "object" && data !== null && "fields" in data;
