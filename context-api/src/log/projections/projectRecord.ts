import type { KeyObject } from "node:crypto";
import type { Identifier } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { type ClusterRecord, type CustomerKind, cluster, clusteringKinds, maxHolders } from "../../identity/cluster.ts";
import { identifierHash, recordKey, type TenantKeys } from "../../security/keyring.ts";
import { seal } from "../../security/seal.ts";
import type { EventsTable } from "../../store/schema.ts";
import type { EdgeRow, IdentifierRow } from "../../store/tables/projectionRows.ts";
import type { RecordPayload } from "../payload.ts";
import { changeMarker } from "./changedRecords.ts";
import type { ProjectionBatch } from "./projectionBatch.ts";

export const isCustomerKind = (kind: RecordPayload["data"]["kind"]): kind is CustomerKind =>
  kind === "person" || kind === "company";

/** The dependency of everything that is derived from person records of all customers. */
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
  await batch.putIdentifiers(key, rows.identifiers, sequence);
  await batch.putEdges(key, rows.edges, sequence);

  const nextIdentifiers = await batch.identifiersOf(key);
  if (isCustomerKind(payload.data.kind)) {
    const identifiersToCheck = [...previousIdentifiers, ...nextIdentifiers];
    await recluster(batch, payload.data.kind, key, identifiersToCheck, sequence);
  }
  if (payload.data.kind === "person") batch.invalidate(peopleDependency, sequence);
  batch.invalidate(changeMarker({ kind: payload.data.kind, key }), sequence);
  const targets = [...previousEdges, ...(await batch.edgesOf(key))].map((e) => e.to_key);
  await invalidateNeighbors(batch, key, targets, sequence);
  const hashesOf = (rows: readonly IdentifierRow[]) => new Set(rows.map(({ identifier }) => identifier));
  const changedIdentifiers = hashesOf(nextIdentifiers).symmetricDifference(hashesOf(previousIdentifiers));
  for (const identifier of changedIdentifiers) batch.invalidate(identifier, sequence);
}

/**
 * Clusters again the records that share, or shared, an identifier with this one. An identifier with too many holders joins none of
 * them. Its holders are read at exactly one more than the limit, when those that were joined before have to be separated.
 */
async function recluster(
  batch: ProjectionBatch,
  kind: CustomerKind,
  key: string,
  identifiersToCheck: readonly IdentifierRow[],
  sequence: number,
): Promise<void> {
  const records = new Map<string, ClusterRecord>();
  const candidates = new Set<string>();
  const queue = [key];
  const isMatching = (row: IdentifierRow): boolean => row.kind in clusteringKinds[kind];
  for (const { identifier } of identifiersToCheck.filter(isMatching)) queue.push(...(await holdersToMatch(batch, identifier)));
  for (let candidate = queue.pop(); candidate !== undefined; candidate = queue.pop()) {
    if (candidates.has(candidate)) continue;
    candidates.add(candidate);
    const member = await batch.memberOf(candidate);
    if (member) queue.push(...(await batch.membersOf(member.node)));
    const record = await batch.current(candidate);
    if (!record || record.kind !== kind) continue;
    const rows = await batch.identifiersOf(candidate);
    if (record.deleted && rows.length === 0) continue;
    const identifiers: IdentifierRow[] = [];
    for (const row of rows.filter(isMatching)) {
      queue.push(...(await holdersToMatch(batch, row.identifier)));
      if ((await batch.holders(row.identifier)).length <= maxHolders) identifiers.push(row);
    }
    const name = rows.find((row) => row.kind === "name")?.identifier ?? null;
    const account = (await batch.edgesOf(candidate)).find((e) => e.rel === "account")?.to_key ?? null;
    const type = `${record.connection}.${record.object}`;
    records.set(candidate, { key: candidate, firstSeq: record.first_seq, type, identifiers, account, name });
  }
  const memberships = cluster(kind, [...records.values()]);
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
  return currentIdentifiers(payload).map(({ kind, value }) => ({
    identifier: identifierHash(keys, kind, value),
    key: event.key,
    kind,
    from_seq: event.sequence,
    to_seq: null,
  }));
}

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
