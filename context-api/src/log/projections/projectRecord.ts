import type { KeyObject } from "node:crypto";
import { lookUpName } from "@sidelight/model/identifiers/identifiers.ts";
import { foldedUserId } from "@sidelight/model/identifiers/recordIds.ts";
import { isRoleAddress } from "@sidelight/model/identifiers/roleMailboxes.ts";
import type { Identifier } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { cluster } from "../../identity/cluster.ts";
import {
  type ClusterDecision,
  type ClusterRecord,
  type CustomerKind,
  clusteringKinds,
  maxHolders,
} from "../../identity/clusterRecord.ts";
import { decisionOf } from "../../identity/decisions.ts";
import { identifierHash, recordKey, type TenantKeys } from "../../security/keyring.ts";
import { seal } from "../../security/seal.ts";
import type { EventsTable } from "../../store/schema.ts";
import type { EdgeRow, IdentifierRow } from "../../store/tables/projectionRows.ts";
import type { RecordPayload } from "../payload.ts";
import { changeMarker } from "./changedRecords.ts";
import type { ProjectionBatch } from "./projectionBatch.ts";
import { factsOf, type RecordFacts } from "./recordFacts.ts";

export const isCustomerKind = (kind: RecordPayload["data"]["kind"]): kind is CustomerKind =>
  kind === "person" || kind === "company";

/** The dependency of everything that is derived from person records of all customers, and from decisions about them. */
export const peopleDependency = "people";

export type ProjectableEvent = Pick<
  EventsTable,
  "sequence" | "event_id" | "platform" | "connection" | "object" | "key" | "subject"
>;

/** The event with the key and object of the record that it carries: an event about one object may carry the record of another. */
export function eventForRecord<E extends ProjectableEvent>(keys: TenantKeys, event: E, ref: string, record: RecordPayload): E {
  if (record.ref === ref) return event;
  return { ...event, key: recordKey(keys, record.ref), object: splitRef(record.ref).object };
}

/**
 * Applies one event to the projections. The result depends on the event and the projections only: no clock, no network, no chance.
 * Sealing draws a nonce, therefore projections are compared by their plaintext.
 */
export async function projectRecord(
  batch: ProjectionBatch,
  event: ProjectableEvent,
  payload: RecordPayload,
  digest: string,
  dataKey: KeyObject,
  rows: DerivedRows = derivedRows(batch.keys, event, payload),
): Promise<void> {
  const { tenant } = batch.keys;
  const { key, sequence } = event;
  const previous = await batch.current(key);
  const previousIdentifiers = await batch.identifiersOf(key);
  const previousEdges = await batch.edgesOf(key);
  batch.putRecord(
    {
      key,
      from_seq: sequence,
      to_seq: null,
      first_seq: previous?.first_seq ?? sequence,
      platform: event.platform,
      connection: event.connection,
      object: event.object,
      kind: payload.data.kind,
      subject: event.subject,
      changed_at: payload.changedAt,
      deleted: payload.deleted ? 1 : 0,
      digest,
      payload: seal(dataKey, { tenant, table: "records", id: `${key}:${sequence}` }, JSON.stringify(payload)),
    },
    sequence,
  );
  batch.putFacts(key, sequence, factsOf(payload));
  await batch.putIdentifiers(key, rows.identifiers, sequence);
  await batch.putEdges(key, rows.edges, sequence);

  const nextIdentifiers = await batch.identifiersOf(key);
  if (isCustomerKind(payload.data.kind)) {
    const identifiersToCheck = [...previousIdentifiers, ...nextIdentifiers];
    await recluster(batch, payload.data.kind, [key], identifiersToCheck, sequence);
  }
  const edges = [...previousEdges, ...(await batch.edgesOf(key))];
  const decidedRecords = payload.data.kind === "decision" ? await applyDecision(batch, edges, sequence) : [];
  // A decision changes whose consent counts.
  if (payload.data.kind === "person" || payload.data.kind === "decision") batch.invalidate(peopleDependency, sequence);
  batch.invalidate(changeMarker({ kind: payload.data.kind, key }), sequence);
  await invalidateNeighbors(batch, key, [...edges.map((e) => e.to_key), ...decidedRecords], sequence);
  const hashesOf = (rows: readonly IdentifierRow[]) => new Set(rows.map(({ identifier }) => identifier));
  const changedIdentifiers = hashesOf(nextIdentifiers).symmetricDifference(hashesOf(previousIdentifiers));
  for (const identifier of changedIdentifiers) batch.invalidate(identifier, sequence);
}

/**
 * Clusters again the records that share, or shared, an identifier or a decision with these. An identifier with too many holders joins
 * none of them. Its holders are read at exactly one more than the limit, when those that were joined before have to be separated.
 */
async function recluster(
  batch: ProjectionBatch,
  kind: CustomerKind,
  keys: readonly string[],
  identifiersToCheck: readonly IdentifierRow[],
  sequence: number,
): Promise<void> {
  const found = new Map<string, Omit<ClusterRecord, "name" | "isAccount">>();
  const decisions = new Map<string, ClusterDecision>();
  const candidates = new Set<string>();
  const queue = [...keys];
  const isMatching = (row: IdentifierRow): boolean => row.kind in clusteringKinds[kind];
  for (const { identifier } of identifiersToCheck.filter(isMatching)) queue.push(...(await holdersToMatch(batch, identifier)));
  for (let candidate = queue.pop(); candidate !== undefined; candidate = queue.pop()) {
    if (candidates.has(candidate)) continue;
    candidates.add(candidate);
    const member = await batch.memberOf(candidate);
    if (member) queue.push(...(await batch.membersOf(member.node)));
    for (const decisionKey of await batch.decisionsTo(candidate, "decided")) {
      if (decisions.has(decisionKey)) continue;
      const decision = await activeDecision(batch, decisionKey);
      if (!decision) continue;
      decisions.set(decisionKey, decision);
      queue.push(...decision.sides.flat());
    }
    const record = await batch.current(candidate);
    if (!record || record.kind !== kind) continue;
    const rows = await batch.identifiersOf(candidate);
    if (record.deleted && rows.length === 0) continue;
    const identifiers: IdentifierRow[] = [];
    for (const row of rows.filter(isMatching)) {
      queue.push(...(await holdersToMatch(batch, row.identifier)));
      if ((await batch.holders(row.identifier)).length <= maxHolders) identifiers.push(row);
    }
    const distinctName = rows.find((row) => row.kind === "name")?.identifier ?? null;
    const account = (await batch.edgesOf(candidate)).find((e) => e.rel === "account")?.to_key ?? null;
    const type = `${record.connection}.${record.object}`;
    found.set(candidate, { key: candidate, firstSeq: record.first_seq, type, identifiers, account, distinctName });
  }
  const facts = found.size > 1 ? await batch.factsOf([...found.keys()]) : new Map<string, RecordFacts>();
  const records = [...found.values()].map((record): ClusterRecord => ({ ...record, ...facts.get(record.key) }));
  const memberships = cluster(kind, records, [...decisions.values()]);
  for (const member of [...candidates].sort()) {
    const previous = await batch.memberOf(member);
    const next = memberships.get(member);
    if (previous && previous.node === next?.node && previous.rule === next.rule) continue;
    batch.invalidate(changeMarker({ kind, key: member }), sequence);
    if (previous) batch.invalidate(previous.node, sequence);
    if (next) {
      batch.invalidate(next.node, sequence);
      await batch.putMember({ key: member, node: next.node, rule: next.rule, from_seq: sequence, to_seq: null }, sequence);
    } else if (previous) await batch.dropMember(member, sequence);
  }
}

/** A decision that applies; null for one that was undone or replaced by another decision that applies. */
async function activeDecision(batch: ProjectionBatch, key: string): Promise<ClusterDecision | null> {
  const record = await batch.current(key);
  const decision = record && decisionOf(key, record.first_seq, await batch.edgesOf(key));
  if (!decision || (await isSuperseded(batch, key))) return null;
  return decision;
}

/** A decision can only name earlier ones, so this ends. */
async function isSuperseded(batch: ProjectionBatch, key: string): Promise<boolean> {
  for (const successor of await batch.decisionsTo(key, "supersedes")) if (!(await isSuperseded(batch, successor))) return true;
  return false;
}

/** Matches the records of a decision again, and those of the decisions that it replaces. @returns their keys */
async function applyDecision(batch: ProjectionBatch, edges: readonly EdgeRow[], sequence: number): Promise<string[]> {
  const keys = await decidedKeys(batch, edges);
  for (const kind of Object.keys(clusteringKinds) as CustomerKind[]) {
    const ofKind: string[] = [];
    for (const key of keys) if ((await batch.current(key))?.kind === kind) ofKind.push(key);
    if (ofKind.length > 0) await recluster(batch, kind, ofKind, [], sequence);
  }
  return [...keys];
}

/** The records that a decision is about, also through the decisions that it replaces: an undo of an undo names no record. */
async function decidedKeys(batch: ProjectionBatch, edges: readonly EdgeRow[]): Promise<Set<string>> {
  const keys = new Set<string>();
  const pending = [...edges];
  const decisions = new Set<string>();
  for (let edge = pending.pop(); edge !== undefined; edge = pending.pop()) {
    if (edge.rel === "decided") keys.add(edge.to_key);
    if (edge.rel !== "supersedes" || decisions.has(edge.to_key)) continue;
    decisions.add(edge.to_key);
    pending.push(...(await batch.edgesOf(edge.to_key)));
  }
  return keys;
}

async function holdersToMatch(batch: ProjectionBatch, identifier: string): Promise<string[]> {
  const holders = await batch.holders(identifier);
  return holders.length > maxHolders + 1 ? [] : holders;
}

/** The rows that a version has beside that of its record. */
export interface DerivedRows {
  identifiers: IdentifierRow[];
  edges: EdgeRow[];
}

export const derivedRows = (keys: TenantKeys, event: ProjectableEvent, payload: RecordPayload): DerivedRows => ({
  identifiers: identifierRows(keys, event, payload),
  edges: edgeRows(keys, event, payload),
});

/** Invalidates answers about the record, the records it points at, and the customers of all of them. */
async function invalidateNeighbors(batch: ProjectionBatch, key: string, targets: string[], sequence: number): Promise<void> {
  for (const neighbor of new Set([key, ...targets])) {
    batch.invalidate(neighbor, sequence);
    const member = await batch.memberOf(neighbor);
    if (member) batch.invalidate(member.node, sequence);
  }
}

/** Kinds of identifiers that other platforms store about a record, also after it was merged into another one. */
const idKinds = ["crm_id", "product_user"] as const;

/**
 * A deleted record has no identifiers, except one that was merged: its id and its successor's id name the same customer, so that a
 * record elsewhere that still names the merged one belongs to the successor.
 */
function currentIdentifiers({ deleted, identifiers, edges }: RecordPayload): Identifier[] {
  if (!deleted) return identifiers;
  if (!edges.some(({ rel }) => rel === "merged_into")) return [];
  return idKinds.flatMap((kind) => {
    const ids = identifiers.filter((identifier) => identifier.kind === kind);
    return ids.length > 1 ? ids : [];
  });
}

function identifierRows(keys: TenantKeys, event: ProjectableEvent, payload: RecordPayload): IdentifierRow[] {
  return [
    ...currentIdentifiers(payload).flatMap((identifier) => [
      { ...identifier, kind: rowKind(identifier) },
      ...otherCaseOf(identifier),
    ]),
    ...personName(payload),
  ].map(({ kind, value }) => ({
    identifier: identifierHash(keys, kind, value),
    key: event.key,
    kind,
    from_seq: event.sequence,
    to_seq: null,
  }));
}

/** A user's id in lower case, under a kind of its own: it joins records whose ids differ only in case, where nobody else has another. */
function otherCaseOf({ kind, value }: Identifier): { kind: string; value: string }[] {
  const folded = kind === "product_user" ? foldedUserId(value) : null;
  return folded === null ? [] : [{ kind: "product_user_case", value: folded }];
}

/** Look-ups find a person of any platform by the name. It joins nothing. */
function personName({ data, deleted }: RecordPayload): { kind: string; value: string }[] {
  const value = deleted || data.kind !== "person" ? null : lookUpName(data.name);
  return value === null ? [] : [{ kind: "person_name", value }];
}

/** Look-ups find an address of a function by its hash. Its row has another kind, which joins nothing. */
const rowKind = ({ kind, value }: Identifier): string => (kind === "email" && isRoleAddress(value) ? "role_email" : kind);

function edgeRows(keys: TenantKeys, event: ProjectableEvent, payload: RecordPayload): EdgeRow[] {
  const edges = payload.deleted ? payload.edges.filter((e) => e.rel === "merged_into") : payload.edges;
  return edges.map(({ rel, to }) => ({
    from_key: event.key,
    rel,
    to_key: recordKey(keys, to),
    from_seq: event.sequence,
    to_seq: null,
  }));
}
