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
  listDeliveries,
  listDueDeliveries,
  nextDueAt,
  openDeliveryWrites,
  requeueDelivery,
} from "../store/tables/deliveries.ts";

export type DeliveryState =
  /** The next attempt is due at `next_at`. */
  | "waiting"
  | "done"
  /** In the dead-letter queue: a person decides. */
  | "dead_letter"
  /** Waits behind a dead letter of the same route and subject. */
  | "blocked"
  /** Not sent because the person declined. */
  | "withheld";

/** One event for one target. The input is sealed under the data key of the event's subject. */
export interface NewDelivery {
  id: string;
  route: string;
  target: string;
  action: string;
  event: LoggedEvent;
  /** Deliveries with the same name replace each other. Null when each one counts. */
  name: string | null;
  input: unknown;
  /** Ref of the person or company whose consent it needs. */
  consentSubject: string;
  state: DeliveryState;
  cause: string | null;
  message: string | null;
  config: string;
  /** True blocks it behind a dead letter of the same route and subject. */
  waitsBehindDeadLetter: boolean;
}

/** The sealed part of a delivery. `about` is the consent subject's ref. */
export interface DeliveryPayload {
  input: unknown;
  /** Time of the event, epoch ms. */
  at: number;
  about: string;
}

/** Reads and writes of one tenant's deliveries. */
export interface Deliveries {
  /** Skips deliveries of an erased subject. An existing delivery is not changed. */
  insert(deliveries: NewDelivery[], now: number): Promise<Statement[]>;
  /** Due deliveries, and waiting ones of the same names, in the order of their events. */
  due(target: string, action: string, now: number, limit: number): Promise<DeliveriesTable[]>;
  /** When the next delivery is due, epoch ms; null when none waits. */
  nextDue(target: string, action: string): Promise<number | null>;
  /** Payloads by id, without those of an erased subject. */
  open(deliveries: DeliveriesTable[]): Promise<Map<string, DeliveryPayload>>;
  settle(delivery: DeliveryOutcome): Statement;
  /** Dead-letters waiting deliveries whose action the target no longer has. */
  deadLetterUnknown(target: string, actions: readonly string[], now: number): Statement;
  /** Makes a dead letter wait again, with the deliveries that it blocks. */
  requeue(delivery: Pick<DeliveriesTable, "id" | "route" | "subject">, now: number): Statement[];
  list(filter: DeliveryFilter): Promise<DeliveryRow[]>;
}

export function openDeliveries(log: TenantLog): Deliveries {
  const { store, tenant } = log;
  const writes = openDeliveryWrites(store);
  const associatedData = (id: string) => ({ tenant, table: "deliveries", id });

  return {
    async insert(deliveries, now) {
      const dataKeys = await dataKeysOf(
        log,
        deliveries.map((d) => d.event.subject),
      );
      return deliveries.flatMap(({ event, input, consentSubject, waitsBehindDeadLetter, ...fields }) => {
        const key = dataKeys.get(event.subject);
        if (!key) return [];
        const payload: DeliveryPayload = { input, at: event.timestamp, about: consentSubject };
        const row = {
          ...fields,
          event_id: event.event_id,
          sequence: event.sequence,
          subject: event.subject,
          attempts: 0,
          next_at: now,
          created_at: now,
          settled_at: fields.state === "waiting" ? null : now,
          ref: null,
          payload: seal(key, associatedData(fields.id), JSON.stringify(payload)),
        };
        return [waitsBehindDeadLetter && row.state === "waiting" ? writes.insertBlockable(row) : writes.insert(row)];
      });
    },
    due: (target, action, now, limit) => listDueDeliveries(store, target, action, now, limit),
    nextDue: (target, action) => nextDueAt(store, target, action),
    async open(deliveries) {
      const dataKeys = await dataKeysOf(
        log,
        deliveries.map((d) => d.subject),
      );
      const payloads = deliveries.flatMap(({ id, subject, payload }) => {
        const key = dataKeys.get(subject);
        return key ? [[id, JSON.parse(unseal(key, associatedData(id), payload).toString()) as DeliveryPayload] as const] : [];
      });
      return new Map(payloads);
    },
    settle: (outcome) => writes.saveOutcome(outcome),
    deadLetterUnknown: (target, actions, now) =>
      deadLetterUnknownActions(store, target, actions, {
        message: "The target no longer has this action. Change or remove the route.",
        now,
      }),
    requeue: (delivery, now) => requeueDelivery(store, delivery, now),
    list: (filter) => listDeliveries(store, filter),
  };
}
