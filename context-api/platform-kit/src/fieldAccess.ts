import type { FieldValue, FieldValues } from "@sidelight/model/records.ts";

/** Fields that the tenant keeps equal on several platforms: the platform's field by name. Null for one that the account lacks. */
export interface FieldMapping {
  person: Readonly<Record<string, string | null>>;
  company: Readonly<Record<string, string | null>>;
}

export const noFields: FieldMapping = { person: {}, company: {} };

/** How a platform keeps fields of people, or of companies. */
export interface FieldAccess {
  /** The object that has them. */
  object: string;
  /** Name of the action that writes one. */
  action: string;
  /** The action's input. @param id of the record @param field as the platform names it */
  input(id: string, field: string, value: FieldValue): unknown;
  /** Why the platform cannot keep a field; null when it can, as far as its name shows. `isWritten`: false for one that is only read. */
  problemOf(use: { field: string; isWritten: boolean }): string | null;
}

/** The platform's part of a field that the configuration can name by one word. */
export interface FieldPreset {
  kind: "person" | "company";
  /** As the platform names it. */
  field: string;
  /** True for the platform that owns the field. */
  isOwner?: true;
}

/** What a platform offers to the tenant's fields. */
export interface PlatformFields {
  person?: FieldAccess;
  company?: FieldAccess;
  /** By the name of the preset. */
  presets: Readonly<Record<string, FieldPreset>>;
}

/** Longer texts are no values of fields: they are not read. */
const maxFieldLength = 4_000;

/**
 * The values of a record's fields, for its data.
 * @param read returns undefined for a field that the platform does not show
 */
export function readFields(
  fields: Readonly<Record<string, string | null>> | undefined,
  read: (field: string) => unknown,
): { fields?: FieldValues } {
  const entries = Object.entries(fields ?? {}).flatMap(([name, field]): [string, FieldValue][] => {
    const value = field === null ? undefined : scalarOf(read(field));
    return value === undefined ? [] : [[name, value]];
  });
  return Object.keys(fields ?? {}).length === 0 ? {} : { fields: Object.fromEntries(entries) };
}

/** Undefined for what is no single value. */
function scalarOf(value: unknown): FieldValue | undefined {
  if (value === null || value === "") return null;
  if (typeof value === "string") return value.length <= maxFieldLength ? value : undefined;
  return typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
