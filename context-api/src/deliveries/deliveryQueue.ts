import { sql } from "kysely";
import { dataKeysOf } from "../log/dataKeys.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { seal, unseal } from "../security/seal.ts";
import { namesOf, reusable } from "../store/reusable.ts";
import type { DeliveriesTable } from "../store/schema.ts";
import type { Statement } from "../store/statement.ts";

export type DeliveryState =
  /** To be tried at `next_at`. */
  | "waiting"
  | "done"
  /** Given up: a person decides. */
  | "dead"
  /** Behind one that was given up, of the same object. */
  | "held"
  /** Not sent, for a reason that is no failure: consent. */
  | "withheld";

/** One event to one target. Its input is sealed under the key of whom the event is about. */
export interface NewDelivery {
  id: string;
  route: string;
  target: string;
  action: string;
  event: LoggedEvent;
  /** What the effect is about: later ones of the same name may replace it. Null where each counts. */
  name: string | null;
  input: unknown;
  /** Whom it is about, as a ref: whose consent it needs. */
  about: string;
  state: DeliveryState;
  cause: string | null;
  message: string | null;
  config: string;
  /** True keeps it back behind one of the same route and subject that was given up. */
  waitsBehindDead: boolean;
}

/** What a delivery holds, sealed. */
export interface Sending {
  input: unknown;
  /** Time of the event, epoch ms. */
  at: number;
  about: string;
}

/** How an attempt ended, for the row. */
export type Settled = Pick<DeliveriesTable, "id" | "state" | "attempts" | "next_at" | "cause" | "message" | "ref" | "settled_at">;

/** Reads and writes of one tenant's deliveries. */
export interface Deliveries {
  /** Without those whose subject was erased meanwhile. A delivery that is there already stays as it is. */
  insert(deliveries: NewDelivery[], now: number): Promise<Statement[]>;
  /** What is due, with everything that waits for the same things, in the order of the events. */
  due(target: string, action: string, now: number, limit: number): Promise<DeliveriesTable[]>;
  /** When the next one is due, epoch ms; null when none waits. */
  nextDue(target: string, action: string): Promise<number | null>;
  /** By id. Where the subject was erased there is nothing to send any more. */
  open(deliveries: DeliveriesTable[]): Promise<Map<string, Sending>>;
  settle(delivery: Settled): Statement;
  /** Gives up what waits for an action that its target doesn't have any more. */
  dropUnknown(target: string, actions: readonly string[], now: number): Statement;
  update(id: string, change: Partial<DeliveriesTable>): Statement;
  list(filter: DeliveryFilter): Promise<Omit<DeliveriesTable, "payload">[]>;
}

export interface DeliveryFilter {
  limit: number;
  offset?: number;
  target?: string | undefined;
  route?: string | undefined;
  state?: string | undefined;
  cause?: string | undefined;
  event?: string | undefined;
  id?: string | undefined;
  since?: number | undefined;
}

const shown = [
  "tenant",
  "id",
  "route",
  "target",
  "action",
  "event_id",
  "sequence",
  "subject",
  "name",
  "state",
  "cause",
  "message",
  "attempts",
  "next_at",
  "created_at",
  "settled_at",
  "ref",
  "config",
] as const;
const columns = [...shown, "payload"] as const;

/** Decided by whoever writes it, one after the other: what is given up meanwhile counts. */
const heldBehindDead = sql`case when exists (
  select 1 from deliveries as before
  where before.tenant = ${"tenant"} and before.route = ${"route"} and before.target = ${"target"} and before.subject = ${"subject"}
    and before.state in ('dead', 'held')) then 'held' else 'waiting' end`;

export function openDeliveries(log: TenantLog): Deliveries {
  const { store, tenant } = log;
  const place = (id: string) => ({ tenant, table: "deliveries", id });
  const insertion = (state: "plain" | "behind the dead") =>
    reusable<DeliveriesTable>(
      store.statements
        .insertInto("deliveries")
        .values({ ...namesOf(columns), ...(state === "plain" ? {} : { state: heldBehindDead as never }) })
        .onConflict((c) => c.columns(["tenant", "id"]).doNothing())
        .compile(),
    );
  const insertPlain = insertion("plain");
  const insertBehind = insertion("behind the dead");
  const outcome = ["state", "attempts", "next_at", "cause", "message", "ref", "settled_at"] as const;
  const settle = reusable<Settled & { tenant: string }>(
    store.statements
      .updateTable("deliveries")
      .set(namesOf(outcome))
      .where("tenant", "=", "tenant")
      .where("id", "=", "id")
      .compile(),
  );

  return {
    async insert(deliveries, now) {
      const dataKeys = await dataKeysOf(
        log,
        deliveries.map((d) => d.event.subject),
      );
      return deliveries.flatMap(({ event, input, about, waitsBehindDead, ...fields }) => {
        const key = dataKeys.get(event.subject);
        if (!key) return [];
        const row = {
          tenant,
          ...fields,
          event_id: event.event_id,
          sequence: event.sequence,
          subject: event.subject,
          attempts: 0,
          next_at: now,
          created_at: now,
          settled_at: fields.state === "waiting" ? null : now,
          ref: null,
          payload: seal(key, place(fields.id), JSON.stringify({ input, at: event.timestamp, about } satisfies Sending)),
        };
        return [waitsBehindDead && row.state === "waiting" ? insertBehind(row) : insertPlain(row)];
      });
    },
    async due(target, action, now, limit) {
      const waiting = () =>
        store
          .from("deliveries")
          .selectAll()
          .where("target", "=", target)
          .where("action", "=", action)
          .where("state", "=", "waiting");
      // In the order of the index: a long backlog must not be sorted for every batch.
      const due = await waiting().where("next_at", "<=", now).orderBy("next_at").limit(limit).execute();
      const names = [...new Set(due.flatMap((d) => d.name ?? []))];
      // Whatever else waits to be said of the same things goes along: sent later by itself, it would undo what is newer.
      const others = names.length === 0 ? [] : await waiting().where("name", "in", names).execute();
      const all = new Map([...due, ...others].map((d) => [d.id, d]));
      return [...all.values()].sort((a, b) => a.sequence - b.sequence || (a.id < b.id ? -1 : 1));
    },
    async nextDue(target, action) {
      const row = await store
        .from("deliveries")
        .select((e) => e.fn.min("next_at").as("at"))
        .where("target", "=", target)
        .where("action", "=", action)
        .where("state", "=", "waiting")
        .executeTakeFirst();
      return row?.at === undefined || row.at === null ? null : Number(row.at);
    },
    async open(deliveries) {
      const dataKeys = await dataKeysOf(
        log,
        deliveries.map((d) => d.subject),
      );
      const opened = deliveries.flatMap(({ id, subject, payload }) => {
        const key = dataKeys.get(subject);
        return key ? [[id, JSON.parse(unseal(key, place(id), payload).toString()) as Sending] as const] : [];
      });
      return new Map(opened);
    },
    settle: (delivery) => settle({ ...delivery, tenant }),
    dropUnknown: (target, actions, now) =>
      store.statements
        .updateTable("deliveries")
        .set({ state: "dead", cause: "misconfigured", message: "The target can't do this any more.", settled_at: now })
        .where("tenant", "=", tenant)
        .where("target", "=", target)
        .where("state", "=", "waiting")
        .where("action", "not in", ["", ...actions])
        .compile(),
    update: (id, change) =>
      store.statements.updateTable("deliveries").set(change).where("tenant", "=", tenant).where("id", "=", id).compile(),
    async list({ limit, offset = 0, target, route, state, cause, event, id, since }) {
      let query = store
        .from("deliveries")
        .select([...shown])
        .orderBy("created_at", "desc")
        .orderBy("id")
        .limit(limit)
        .offset(offset);
      if (target !== undefined) query = query.where("target", "=", target);
      if (route !== undefined) query = query.where("route", "=", route);
      if (state !== undefined) query = query.where("state", "=", state);
      if (cause !== undefined) query = query.where("cause", "=", cause);
      if (event !== undefined) query = query.where("event_id", "=", event);
      if (id !== undefined) query = query.where("id", "=", id);
      if (since !== undefined) query = query.where("created_at", ">=", since);
      return await query.execute();
    },
  };
}
