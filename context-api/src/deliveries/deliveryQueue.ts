import type { KeyObject } from "node:crypto";
import { entryLimit } from "@sidelight/model/entryLimit.ts";
import type { Purpose } from "@sidelight/model/purposes.ts";
import { LRUCache } from "lru-cache";
import { dataKeysOf } from "../log/dataKeys.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { seal, unseal } from "../security/seal.ts";
import type { DeliveriesTable } from "../store/schema.ts";
import type { Statement } from "../store/statement.ts";
import {
  type DeliveryFilter,
  type DeliveryOutcome,
  type DeliveryRow,
  deadLetterUnknownActions,
  findDelivery,
  hasDueDeliveries,
  limitDeliveryWaits,
  listDeadLettersOf,
  listDeliveries,
  moveDeliveryWaits,
  nextDueAt,
  openDeliveryWrites,
  requeueDelivery,
} from "../store/tables/deliveries.ts";
import { type Claim, type ClaimedDelivery, type ClaimFilter, claimDeliveries, claimLeaseMs } from "./claim.ts";
import { duplicateCause } from "./duplicateCauses.ts";

export type DeliveryState =
  /** The next attempt is due at `next_at`. */
  | "waiting"
  | "done"
  /** In the dead-letter queue: a person decides. */
  | "dead_letter"
  /** Waits behind a dead letter of the same route and subject. */
  | "blocked"
  /** Not sent because the person withdrew consent for its purpose. */
  | "withheld";

/** One event for one target. The input is sealed under the data key of the event's subject. */
export interface NewDelivery {
  id: string;
  route: string;
  target: string;
  action: string;
  /** The event that caused it. */
  event: Pick<LoggedEvent, "event_id" | "sequence" | "subject" | "timestamp">;
  /** Deliveries with the same name replace each other. Null when each one counts. */
  name: string | null;
  /** Keyed hash of the input; null without a name. */
  inputHash: string | null;
  input: unknown;
  /** Number of deliveries that led to the event, see routing/echoes.ts; 0 for a change that none of ours caused. */
  hops: number;
  /** Ref of the person or company whose consent it needs. */
  consentSubject: string;
  /** What it is for; null when that is not named, so that every withdrawal of consent withholds it. */
  purpose: Purpose | null;
  state: DeliveryState;
  cause: string | null;
  message: string | null;
  config: string;
  /** It waits until this long after the previous delivery of its target and action, ms, so that they share a call; 0 for at once. */
  joinMs: number;
  /** Tier of the customer; null, or left out, without one. */
  customerTier?: string | null;
  /** True blocks it behind a dead letter of the same route and subject. */
  waitsBehindDeadLetter: boolean;
}

/** The sealed part of a delivery. `about` is the consent subject's ref. */
export interface DeliveryPayload {
  input: unknown;
  /** Time of the event, epoch ms. */
  at: number;
  about: string;
  /** Absent from deliveries of earlier releases. */
  hops?: number;
  /** Tier of the customer; absent without one. */
  tier?: string;
}

export type ListedDelivery = Omit<DeliveryRow, "sealed_ref"> & {
  /** Ref of the record that was written; null also when its subject was erased. */
  ref: string | null;
};

/** Subjects of the deliveries that are being sent. */
const maxOpenKeys = 10_000;

/** Reads and writes of one tenant's deliveries. */
export interface Deliveries {
  /**
   * Skips deliveries of an erased subject. An existing delivery is not changed.
   * @param options `isRepeat` sends deliveries that have ended again, with their new content and under their former id
   */
  insert(deliveries: NewDelivery[], now: number, options?: { isRepeat: boolean }): Promise<Statement[]>;
  /**
   * Claims due deliveries, and waiting ones of the same names, in the order of their events. With a due one, also those that only wait
   * to share a call.
   */
  claim(filter: ClaimFilter): Promise<Claim>;
  /** When the next delivery is due, epoch ms; null when none waits. */
  nextDue(target: string, action: string): Promise<number | null>;
  /** True when at least `count` deliveries are due. */
  hasDue(target: string, action: string, now: number, count: number): Promise<boolean>;
  /** Payloads by id, without those of an erased subject. */
  open(deliveries: DeliveriesTable[]): Promise<Map<string, DeliveryPayload>>;
  /** @param delivery `ref` names the record that was written. It is kept only for a delivery that was opened before */
  settle(delivery: DeliveryOutcome & SettledClaim & { ref?: string | null }): Statement;
  /** Dead-letters waiting deliveries whose action the target no longer has. */
  deadLetterUnknown(target: string, actions: readonly string[], now: number): Statement;
  /** Makes waiting deliveries due now that are due after an instant: an earlier release believed any delay of a platform. */
  limitWaits(latest: number, now: number): Statement;
  /** Keeps the time that waiting deliveries of an action still wait, after the clock was set back by `ms`. */
  moveWaits(step: { target: string; action: string; ms: number; now: number }): Statement;
  /** Makes a dead letter wait again, with the deliveries that it blocks. @param cause a new cause; the last one stays when left out */
  requeue(delivery: Pick<DeliveriesTable, "id" | "route" | "subject">, now: number, cause?: string): Statement[];
  /** A delivery with its payload; null when there is none, or its subject was erased. */
  find(id: string): Promise<{ delivery: DeliveriesTable; payload: DeliveryPayload } | null>;
  /** Dead letters that wait for a decision about a possible duplicate, at most 1,000. */
  held(): Promise<Pick<DeliveriesTable, "id" | "route" | "subject" | "target" | "action">[]>;
  /** Newest first, with the refs of the records that were written. */
  list(filter: DeliveryFilter): Promise<ListedDelivery[]>;
}

type SettledClaim = Pick<ClaimedDelivery, "claimedBy" | "target" | "action" | "name">;

export function openDeliveries(log: TenantLog, leaseMs: number = claimLeaseMs): Deliveries {
  const { store, tenant } = log;
  const writes = openDeliveryWrites(store);
  const associatedData = (id: string) => ({ tenant, table: "deliveries", id });
  const refAssociatedData = (id: string) => ({ tenant, table: "deliveries", id: `${id}:ref` });
  const openKeys = new LRUCache<string, KeyObject>(entryLimit(maxOpenKeys));
  const sharedCalls = new Map<string, number>();

  /** When the next shared call of an action is due: now, when the previous one is long ago. */
  const nextShared = (action: string, joinMs: number, now: number): number => {
    const previous = sharedCalls.get(action) ?? Number.NEGATIVE_INFINITY;
    // A time in the future is a call that waits already. One that is too far was set before the clock was set back.
    const next = previous > now && previous <= now + joinMs ? previous : Math.max(now, Math.min(previous, now) + joinMs);
    sharedCalls.set(action, next);
    return next;
  };

  async function open(deliveries: DeliveriesTable[]): Promise<Map<string, DeliveryPayload>> {
    const dataKeys = await dataKeysOf(
      log,
      deliveries.map((d) => d.subject),
    );
    for (const [subject, key] of dataKeys) openKeys.set(subject, key);
    const payloads = deliveries.flatMap(({ id, subject, payload }) => {
      const key = dataKeys.get(subject);
      return key ? [[id, JSON.parse(unseal(key, associatedData(id), payload).toString()) as DeliveryPayload] as const] : [];
    });
    return new Map(payloads);
  }

  return {
    async insert(deliveries, now, { isRepeat } = { isRepeat: false }) {
      const dataKeys = await dataKeysOf(
        log,
        deliveries.map((d) => d.event.subject),
      );
      return deliveries.flatMap((delivery) => {
        const { event, input, inputHash, hops, consentSubject, joinMs, customerTier, waitsBehindDeadLetter, ...fields } =
          delivery;
        const key = dataKeys.get(event.subject);
        if (!key) return [];
        const payload: DeliveryPayload = {
          input,
          at: event.timestamp,
          about: consentSubject,
          hops,
          ...(customerTier && { tier: customerTier }),
        };
        const row = {
          ...fields,
          input_hash: inputHash,
          event_id: event.event_id,
          sequence: event.sequence,
          subject: event.subject,
          attempts: 0,
          next_at: joinMs > 0 && fields.state === "waiting" ? nextShared(`${fields.target}\n${fields.action}`, joinMs, now) : now,
          created_at: now,
          settled_at: fields.state === "waiting" ? null : now,
          sealed_ref: null,
          payload: seal(key, associatedData(fields.id), JSON.stringify(payload)),
        };
        if (isRepeat) return [writes.replace(row)];
        return [waitsBehindDeadLetter && row.state === "waiting" ? writes.insertBlockable(row) : writes.insert(row)];
      });
    },
    claim: (filter) => claimDeliveries(store, filter, leaseMs),
    nextDue: (target, action) => nextDueAt(store, target, action),
    hasDue: (target, action, now, count) => hasDueDeliveries(store, { target, action, now, count }),
    open,
    settle({ ref, ...outcome }) {
      const save = (row: typeof outcome): Statement =>
        row.claimedBy === null ? writes.saveOutcome(row) : writes.saveClaimedOutcome(row, row.claimedBy);
      if (ref === undefined) return save(outcome);
      const key = openKeys.get(outcome.subject);
      const sealed_ref = ref === null || !key ? null : seal(key, refAssociatedData(outcome.id), ref);
      return save({ ...outcome, sealed_ref });
    },
    deadLetterUnknown: (target, actions, now) =>
      deadLetterUnknownActions(store, target, actions, {
        message: "The target no longer has this action. Change or remove the route.",
        now,
      }),
    limitWaits: (latest, now) => limitDeliveryWaits(store, latest, now),
    moveWaits: (step) => moveDeliveryWaits(store, step),
    requeue: (delivery, now, cause) => requeueDelivery(store, delivery, now, cause),
    async find(id) {
      const delivery = await findDelivery(store, id);
      const payload = delivery && (await open([delivery])).get(id);
      return delivery && payload ? { delivery, payload } : null;
    },
    held: () => listDeadLettersOf(store, duplicateCause),
    async list(filter) {
      const rows = await listDeliveries(store, filter);
      const sealedRows = rows.filter((row) => row.sealed_ref !== null);
      const dataKeys = await dataKeysOf(
        log,
        sealedRows.map((row) => row.subject),
      );
      return rows.map(({ sealed_ref, ...row }) => {
        const key = dataKeys.get(row.subject);
        return { ...row, ref: sealed_ref && key ? unseal(key, refAssociatedData(row.id), sealed_ref).toString() : null };
      });
    },
  };
}
