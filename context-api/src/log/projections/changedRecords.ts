import type { RecordKind } from "@sidelight/model/records.ts";

// Invalidations name what is outdated: the record that changed, what it points at, and the customers of all of them. They do not show
// which of these changed. A marker beside them does, for readers that keep records and read only the changed ones again.

const prefix = "changed ";

/** A record with a new version, or one that moved to another customer. */
export interface ChangedRecord {
  kind: RecordKind;
  key: string;
}

export const changeMarker = ({ kind, key }: ChangedRecord): string => `${prefix}${kind} ${key}`;

/** The record that an invalidated dependency marks as changed; null for any other dependency. */
export function changedRecordOf(dependency: string): ChangedRecord | null {
  if (!isChangeMarker(dependency)) return null;
  const [, kind, key] = dependency.split(" ");
  return { kind: kind as RecordKind, key: key ?? "" };
}

export const isChangeMarker = (dependency: string): boolean => dependency.startsWith(prefix);
