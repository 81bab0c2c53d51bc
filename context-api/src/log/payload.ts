import type { Edge, Identifier, Interaction, RecordData } from "@sidelight/model/records.ts";

/** A version of a record as the log and the projections seal it. */
export interface RecordPayload {
  ref: string;
  changedAt: number | null;
  deleted: boolean;
  identifiers: Identifier[];
  edges: Edge[];
  data: RecordData;
}

/**
 * What an event says, sealed in the log. Of schema 1 is a change that we saw ourselves, and is the record alone;
 * of schema 2 is one that was told to us.
 */
export interface EventPayload {
  ref: string;
  /** The new version that it brought; null when it showed none, or none newer than what was known. */
  record: RecordPayload | null;
  interaction: Interaction | null;
  data: Record<string, unknown>;
  isEcho: boolean;
}

/** Reads either schema. */
export function readPayload(schemaVersion: number, json: string): EventPayload {
  const value = JSON.parse(json) as RecordPayload | EventPayload;
  if (schemaVersion !== 1) return value as EventPayload;
  return { ref: value.ref, record: value as RecordPayload, interaction: null, data: {}, isEcho: false };
}

/** By what its customer is found: the object itself, or whom it was about where it is deleted and leads nowhere any more. */
export function whomOf({ ref, record }: EventPayload): string {
  if (!record?.deleted) return ref;
  const about = ["requester", "person", "user", "account"];
  return record.edges.find(({ rel }) => about.includes(rel))?.to ?? ref;
}
