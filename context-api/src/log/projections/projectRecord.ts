import type { KeyObject } from "node:crypto";
import { splitRef } from "@sidelight/model/refs.ts";
import { type Clusterable, type CustomerKind, cluster, clusteringKinds } from "../../identity/cluster.ts";
import { identifierHash, recordKey, type TenantKeys } from "../../security/keyring.ts";
import { seal } from "../../security/seal.ts";
import type { EventsTable } from "../../store/schema.ts";
import type { RecordPayload } from "../payload.ts";
import type { Unit } from "./projector.ts";

/** What depends on who people are and what they say of themselves, and not on what happens to them. */
export const people = "people";

export type FoldableEvent = Pick<EventsTable, "sequence" | "platform" | "connection" | "object" | "key" | "subject">;

/** The event as its record's fold sees it: somebody's event may bring a record about them beside their own. */
export function atItsRecord<E extends FoldableEvent>(keys: TenantKeys, event: E, ref: string, record: RecordPayload): E {
  if (record.ref === ref) return event;
  return { ...event, key: recordKey(keys, record.ref), object: splitRef(record.ref).object };
}

/**
 * Applies one event to the projections. Depends on the event and the projections alone: no clock, no network, no chance
 * (sealing draws a nonce, which is why equality is judged on the plaintext).
 */
export async function foldRecord(
  unit: Unit,
  event: FoldableEvent,
  payload: RecordPayload,
  digest: string,
  dataKey: KeyObject,
): Promise<void> {
  const { tenant } = unit.keys;
  const { key, sequence } = event;
  const before = await unit.current(key);
  const identifiersBefore = await unit.identifiersOf(key);
  const edgesBefore = await unit.edgesOf(key);
  unit.putRecord(
    {
      tenant,
      key,
      from_seq: sequence,
      to_seq: null,
      first_seq: before?.first_seq ?? sequence,
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
  await unit.putIdentifiers(key, payload.deleted ? [] : identifierRows(unit, event, payload), sequence);
  await unit.putEdges(key, edgeRows(unit, event, payload), sequence);

  if (payload.data.kind === "person" || payload.data.kind === "company") {
    const touched = [...identifiersBefore, ...(await unit.identifiersOf(key))].map((i) => i.identifier);
    await recluster(unit, payload.data.kind, key, touched, sequence);
  }
  if (payload.data.kind === "person") unit.bump(people, sequence);
  await bumpNeighbours(
    unit,
    key,
    [...edgesBefore, ...(await unit.edgesOf(key))].map((e) => e.to_key),
    sequence,
  );
  const identifiersAfter = new Set((await unit.identifiersOf(key)).map((i) => i.identifier));
  const known = new Set(identifiersBefore.map((i) => i.identifier));
  for (const changed of identifiersAfter.symmetricDifference(known)) unit.bump(changed, sequence);
}

/** Decides anew who is who among the records that share an identifier with this one, or did. */
async function recluster(unit: Unit, kind: CustomerKind, key: string, touched: string[], sequence: number): Promise<void> {
  const found = new Map<string, Clusterable>();
  const seen = new Set<string>();
  const queue = [key];
  for (const identifier of touched) queue.push(...(await unit.holders(identifier)));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const member = await unit.memberOf(next);
    if (member) queue.push(...(await unit.membersOf(member.node)));
    const record = await unit.current(next);
    if (!record || record.deleted || record.kind !== kind) continue;
    const identifiers = (await unit.identifiersOf(next)).filter((i) => i.kind in clusteringKinds[kind]);
    const account = (await unit.edgesOf(next)).find((e) => e.rel === "account")?.to_key ?? null;
    found.set(next, { key: next, firstSeq: record.first_seq, type: `${record.platform}.${record.object}`, identifiers, account });
    for (const { identifier } of identifiers) queue.push(...(await unit.holders(identifier)));
  }
  const placed = cluster(kind, [...found.values()]);
  for (const member of [...seen].sort()) {
    const before = await unit.memberOf(member);
    const after = placed.get(member);
    if (before && before.node === after?.node && before.rule === after.rule) continue;
    if (before) unit.bump(before.node, sequence);
    if (after) {
      unit.bump(after.node, sequence);
      await unit.putMember(
        { tenant: unit.keys.tenant, key: member, node: after.node, rule: after.rule, from_seq: sequence, to_seq: null },
        sequence,
      );
    } else if (before) await unit.dropMember(member, sequence);
  }
}

/** Answers about the record itself and about whatever it points at may have changed. */
async function bumpNeighbours(unit: Unit, key: string, targets: string[], sequence: number): Promise<void> {
  for (const near of new Set([key, ...targets])) {
    unit.bump(near, sequence);
    const member = await unit.memberOf(near);
    if (member) unit.bump(member.node, sequence);
  }
}

function identifierRows(unit: Unit, event: FoldableEvent, payload: RecordPayload) {
  return payload.identifiers.map(({ kind, value }) => ({
    tenant: unit.keys.tenant,
    identifier: identifierHash(unit.keys, kind, value),
    key: event.key,
    kind,
    from_seq: event.sequence,
    to_seq: null,
  }));
}

function edgeRows(unit: Unit, event: FoldableEvent, payload: RecordPayload) {
  const kept = payload.deleted ? payload.edges.filter((e) => e.rel === "merged_into") : payload.edges;
  return kept.map(({ rel, to }) => ({
    tenant: unit.keys.tenant,
    from_key: event.key,
    rel,
    to_key: recordKey(unit.keys, to),
    from_seq: event.sequence,
    to_seq: null,
  }));
}
