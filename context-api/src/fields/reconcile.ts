import { createHash } from "node:crypto";
import type { EventInput, FieldValue } from "@sidelight/model/records.ts";
import type { FieldDefinition } from "../config/fields.ts";
import type { NewDelivery } from "../deliveries/deliveryQueue.ts";
import { openReader, type Reader } from "../log/reader.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import type { Statement } from "../store/statement.ts";
import { type ConflictRow, listOpenConflicts, saveConflict } from "../store/tables/conflicts.ts";
import { type FieldStateRow, loadFieldStates, saveFieldState } from "../store/tables/fieldStates.ts";
import { baseText, baseValue } from "./baseValue.ts";
import { openConflicts, sealConflict } from "./conflictValues.ts";
import { type Decision, decide, hasPendingWrite, hopsOf, keepsValue, leftOut } from "./decide.ts";
import { fieldEvent, fieldEventTypes, namedValue } from "./fieldEvents.ts";
import type { FieldTools } from "./fieldTools.ts";
import { markEchoes } from "./markEchoes.ts";
import { type FieldRecord, type FieldRecords, fieldRecords } from "./participants.ts";
import { planWrite } from "./planWrite.ts";

/** What to commit, together. */
export interface Reconciliation {
  events: EventInput[];
  statements: Statement[];
  deliveries: NewDelivery[];
}

/** One field of one customer, with its records. */
export interface CustomerField extends FieldRecords {
  node: string;
  definition: FieldDefinition;
  conflicts: readonly ConflictRow[];
}

/** The fields of a customer that several of its records keep. */
export async function fieldsOfCustomer(
  tools: FieldTools,
  reader: Reader,
  node: string,
  definitions: readonly FieldDefinition[],
): Promise<CustomerField[]> {
  const keys = (await reader.membersOf(node)).map(({ key }) => key);
  if (keys.length < 2) return [];
  const records = await reader.records(keys);
  const states = await loadFieldStates(tools.log.store, keys);
  const conflicts = await listOpenConflicts(tools.log.store, keys);
  const fields = definitions.flatMap((definition): CustomerField[] => {
    const participants = fieldRecords(tools, definition, records, states);
    if (!participants || participants.others.length === 0) return [];
    return [{ ...participants, node, definition, conflicts: conflicts.filter(({ field }) => field === definition.name) }];
  });
  await markEchoes(tools, fields);
  return fields;
}

/** Decides about the enabled fields of these customers, as they are now. */
export async function reconcile(tools: FieldTools, nodes: Iterable<string>): Promise<Reconciliation> {
  const result: Reconciliation = { events: [], statements: [], deliveries: [] };
  const reader = openReader(tools.log);
  const definitions = tools.definitions.filter(({ enabled }) => enabled);
  for (const node of nodes) {
    await yieldToEventLoop();
    for (const field of await fieldsOfCustomer(tools, reader, node, definitions)) await apply(tools, reader, field, result);
  }
  return result;
}

export const decisionOf = ({ definition, owner, others, conflicts }: CustomerField, now: number): Decision<FieldRecord> =>
  decide(definition, owner, others, { hasConflict: conflicts.length > 0, now });

async function apply(tools: FieldTools, reader: Reader, field: CustomerField, result: Reconciliation): Promise<void> {
  const { owner, others, conflicts } = field;
  const now = tools.clock.now();
  const [openConflict] = conflicts;
  if (openConflict && others.every(({ text }) => text === owner.text)) return await closeAgreed(tools, field, result);
  const decision = decisionOf(field, now);
  switch (decision.outcome) {
    case "waiting":
      return;
    case "unchanged":
      return saveSeen(tools, field, result);
    case "flows": {
      const { winner, isChange } = decision;
      const written = await settle(tools, reader, field, { value: winner.value, text: winner.text, winner }, result);
      if (written.length === 0) return;
      const data = { from: winner.platform, to: written, isChange, ...namedValue(field.definition.type, winner.value) };
      result.events.push(eventOf(tools, field, winner, fieldEventTypes.flowed, data));
      return;
    }
    case "decided": {
      const { winner, contested, cause } = decision;
      const written = await settle(tools, reader, field, { value: winner.value, text: winner.text, winner }, result);
      const id = conflictId(contested[0] ?? winner, field.definition, now);
      const decided = { value: winner.value, platform: winner.platform, by: "rule" } as const;
      await keepConflict(tools, field, { id, contested, cause, decided }, result);
      const data = {
        conflict: id,
        by: "rule",
        cause,
        from: winner.platform,
        to: written,
        ...namedValue(field.definition.type, winner.value),
      };
      result.events.push(eventOf(tools, field, winner, fieldEventTypes.resolved, data));
      return;
    }
    case "conflict": {
      const { contested, cause } = decision;
      saveSeen(tools, field, result);
      const anchor = contested[0] ?? others[0] ?? owner;
      const id = openConflict?.id ?? conflictId(anchor, field.definition, now);
      await keepConflict(tools, field, { id, contested, cause, openConflict }, result);
      if (openConflict) return;
      const platforms = [owner, ...contested].map(({ platform }) => platform);
      result.events.push(eventOf(tools, field, anchor, fieldEventTypes.opened, { conflict: id, cause, platforms }));
      return;
    }
  }
}

interface AgreedValue {
  value: FieldValue;
  text: string;
  /** Null for a value that a person wrote. */
  winner: FieldRecord | null;
}

/**
 * Agrees on a value: writes it to every record that has another one.
 * @param event what the writes are caused by; the event of the winner's version when left out
 * @returns the platforms that are written to
 */
export async function settle(
  tools: FieldTools,
  reader: Reader,
  { owner, others, definition }: CustomerField,
  { value, text, winner }: AgreedValue,
  result: Reconciliation,
  event: NewDelivery["event"] | null = null,
): Promise<string[]> {
  const now = tools.clock.now();
  const records = [owner, ...others];
  const cause = event ?? (await eventOfVersion(tools, reader, winner ?? owner));
  const hops = 1 + Math.max(...records.map((record) => (isSame(record) ? 0 : hopsOf(record, now))));
  const written: string[] = [];
  for (const participant of records) {
    const base = stateRow(participant, definition, owner);
    const isInPlace = participant.text === text || (winner !== null && keepsValue(participant, winner, owner));
    if (isInPlace && !hasPendingWrite(participant, text)) {
      saveState(tools, participant, { ...base, agreed: text }, result);
      continue;
    }
    const delivery = await planWrite(tools, definition, participant, value, { event: cause, hops: Math.max(0, hops - 1) });
    if (!delivery) {
      saveState(tools, participant, { ...base, agreed: leftOut }, result);
      continue;
    }
    result.deliveries.push(delivery);
    written.push(participant.platform);
    saveState(tools, participant, { ...base, agreed: text, hops, written_at: now }, result);
  }
  return written;

  /** True for a record whose value neither changed nor caused the decision. */
  function isSame({ state, text: present }: FieldRecord): boolean {
    return state?.seen === present;
  }
}

/** Values that were looked at, without a decision. */
function saveSeen(tools: FieldTools, { owner, others, definition }: CustomerField, result: Reconciliation): void {
  for (const participant of [owner, ...others]) saveState(tools, participant, stateRow(participant, definition, owner), result);
}

function stateRow(participant: FieldRecord, { name }: FieldDefinition, owner: FieldRecord): FieldStateRow {
  const { key, text, state, changedAt } = participant;
  const isPartner = state?.partner === owner.key;
  const unagreed = participant === owner ? text : leftOut;
  return {
    ...{ key, field: name, seen: text, partner: owner.key },
    agreed: isPartner ? state.agreed : unagreed,
    hops: state?.hops ?? 0,
    changed_at: changedAt,
    written_at: state?.writtenAt ?? null,
  };
}

function saveState({ log }: FieldTools, { state }: FieldRecord, row: FieldStateRow, result: Reconciliation): void {
  const isSaved =
    state !== null &&
    state.seen === row.seen &&
    state.agreed === row.agreed &&
    state.partner === row.partner &&
    state.hops === row.hops &&
    state.writtenAt === row.written_at;
  if (!isSaved) result.statements.push(saveFieldState(log.store, row));
}

/** The event that brought a record's version. */
async function eventOfVersion(
  { log, clock }: FieldTools,
  reader: Reader,
  { record }: FieldRecord,
): Promise<NewDelivery["event"]> {
  const eventId = (await reader.eventIds([record.sequence])).get(record.sequence) ?? "";
  const timestamp = record.changedAt ?? clock.now();
  return { event_id: eventId, sequence: record.sequence, subject: log.key(record.ref), timestamp };
}

async function closeAgreed(tools: FieldTools, field: CustomerField, result: Reconciliation): Promise<void> {
  const { owner, others, conflicts, definition } = field;
  for (const participant of [owner, ...others])
    saveState(tools, participant, { ...stateRow(participant, definition, owner), agreed: owner.text }, result);
  const decided = { value: owner.value, platform: owner.platform, by: "agreement" } as const;
  for (const openConflict of conflicts) {
    const { id, cause } = openConflict;
    await keepConflict(tools, field, { id, contested: others, cause, openConflict, decided }, result);
    const data = { conflict: id, by: "agreement", to: [], ...namedValue(definition.type, owner.value) };
    result.events.push(eventOf(tools, field, owner, fieldEventTypes.resolved, data));
  }
}

interface KeptConflict {
  id: string;
  contested: readonly FieldRecord[];
  cause: string;
  openConflict?: ConflictRow | undefined;
  decided?: { value: FieldValue; platform: string; by: "rule" | "agreement" };
}

/** Stores a conflict with the values of all its records. */
async function keepConflict(
  tools: FieldTools,
  field: CustomerField,
  { id, contested, cause, openConflict, decided }: KeptConflict,
  result: Reconciliation,
): Promise<void> {
  const { log, clock } = tools;
  const { owner, others, definition } = field;
  const anchor = contested[0] ?? others[0] ?? owner;
  const now = clock.now();
  // Values that never agreed have no base.
  const agreed = (openConflict?.cause ?? cause) === "no_base" ? null : baseText(field);
  const row = {
    ...{ id, field: definition.name, rule: definition.rule },
    cause: openConflict?.cause ?? cause,
    key: openConflict?.key ?? anchor.key,
    subject: openConflict?.subject ?? log.key(anchor.record.ref),
    state: decided ? "resolved" : "open",
    opened_at: openConflict?.opened_at ?? now,
    resolved_at: decided ? now : null,
    decided_by: decided?.by ?? null,
  };
  const values = [owner, ...others].map(({ platform, record, value, changedAt, text }) => ({
    ...{ platform, ref: record.ref, value, changedAt },
    hasChanged: agreed === null ? null : text !== agreed,
  }));
  const stored = openConflict && (await openConflicts(log, [openConflict])).get(openConflict.id);
  const base = stored?.base ? stored.base.value : await baseValue(tools, field, agreed);
  const sealed = await sealConflict(log, row, {
    values,
    ...(base !== undefined && { base: { value: base } }),
    ...(decided && { decision: { ...decided, reason: null } }),
  });
  if (sealed) result.statements.push(saveConflict(log.store, sealed));
}

const conflictId = ({ key, record }: FieldRecord, { name }: FieldDefinition, now: number): string =>
  `cfl_${createHash("sha256")
    .update(JSON.stringify([key, name, record.sequence, now]))
    .digest("base64url")
    .slice(0, 22)}`;

const eventOf = (
  { clock }: FieldTools,
  { node, definition }: CustomerField,
  { record }: FieldRecord,
  type: string,
  data: Record<string, unknown>,
): EventInput => {
  const now = clock.now();
  const name = `${type}:${definition.name}:${record.key}:${record.sequence}:${now}`;
  return fieldEvent(type, { record, node, definition, name, now }, data);
};
