import type { Edge, Identifier, Interaction, RecordData } from "@sidelight/model/records.ts";

/** A version of a record, as it is sealed in the log and the projections. */
export interface RecordPayload {
  ref: string;
  changedAt: number | null;
  deleted: boolean;
  identifiers: Identifier[];
  edges: Edge[];
  data: RecordData;
}

/**
 * The content of an event, as it is sealed in the log. Schema 1 is a change that a pull or a read found, and is the record alone.
 * Schema 2 is an event that a webhook or a signal reported.
 */
export interface EventPayload {
  ref: string;
  /** The new version of the record; null when the event carried none, or none newer than the current one. */
  record: RecordPayload | null;
  interaction: Interaction | null;
  data: Record<string, unknown>;
  isEcho: boolean;
  /** The platform's own id of the event; absent from events that earlier releases wrote. */
  sourceEventId?: string | null;
}

/** Reads either schema. */
export function readPayload(schemaVersion: number, json: string): EventPayload {
  const value = JSON.parse(json) as RecordPayload | EventPayload;
  if (schemaVersion !== 1) return value as EventPayload;
  return { ref: value.ref, record: value as RecordPayload, interaction: null, data: {}, isEcho: false };
}

/** The ref that leads to the event's customer: the object itself, or for a deleted object the record it pointed at. */
export function customerLookupRef({ ref, record }: EventPayload): string {
  if (!record?.deleted) return ref;
  const customerRels = ["requester", "person", "user", "account"];
  return record.edges.find(({ rel }) => customerRels.includes(rel))?.to ?? ref;
}
