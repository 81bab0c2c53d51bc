import type { Edge, Identifier, Interaction, RecordData } from "@sidelight/model/records.ts";
import canonicalize from "canonicalize";
import type { TenantKeys } from "../security/keyring.ts";
import { keyedHash } from "../security/seal.ts";

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
  /** The version of its object that the event carried, when it is not newer than the stored one. It is not projected. */
  carriedRecord?: RecordPayload;
  /** Fields with keyed hashes of their reported values. Absent when the message reported none. */
  reported?: [field: string, hash: string][];
  /** The platform's own id of the event; absent from events that earlier releases wrote. */
  sourceEventId?: string | null;
}

/** Reads either schema. */
export function readPayload(schemaVersion: number, json: string): EventPayload {
  const value = JSON.parse(json) as RecordPayload | EventPayload;
  if (schemaVersion !== 1) return value as EventPayload;
  return { ref: value.ref, record: value as RecordPayload, interaction: null, data: {}, isEcho: false };
}

/** The event with the version of its object that it carried, also when that was not newer than the stored one. */
export function withCarriedRecord<E extends { payload: EventPayload | null }>(event: E): E {
  const { payload } = event;
  const carried = payload?.carriedRecord;
  return payload && carried ? { ...event, payload: { ...payload, record: carried } } : event;
}

/** What a deleted object pointed at, which leads to its customer; null for an object that exists, or that pointed at no customer. */
export function deletedEdges({ record }: EventPayload): readonly Edge[] | null {
  const customerRels = ["requester", "person", "user", "account"];
  return record?.deleted && record.edges.some(({ rel }) => customerRels.includes(rel)) ? record.edges : null;
}

/** Keyed hash of a record's content. Its times are not part of it. */
export function digestOf(keys: TenantKeys, payload: RecordPayload): string {
  const { changedAt: _, ...content } = payload;
  return keyedHash(keys.indexKey, canonicalize(content) ?? "");
}
