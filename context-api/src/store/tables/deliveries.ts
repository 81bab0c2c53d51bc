import { type SelectQueryBuilder, sql } from "kysely";
import { chunks } from "../chunks.ts";
import { padded, selectCompiled } from "../compiledSelect.ts";
import { queriesOf } from "../queries.ts";
import type { Database, DeliveriesTable } from "../schema.ts";
import { type Statement, statementTemplate, templateParameter, templateParameters, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";
import { type ClaimedKeys, orderKeyOf } from "./deliveryClaims.ts";

// Instants are epoch ms.

type NewDeliveryRow = Omit<DeliveriesTable, "tenant">;
export type DeliveryRow = Omit<DeliveriesTable, "payload" | "input_hash">;

/** The columns that lead to the claim of a delivery. */
type ClaimedQueue = Pick<DeliveriesTable, "target" | "action" | "subject" | "name">;

/** The columns that an attempt changes. */
export type DeliveryOutcome = Pick<
  DeliveriesTable,
  "id" | "subject" | "state" | "attempts" | "next_at" | "cause" | "message" | "sealed_ref" | "settled_at"
>;

const listedColumns = [
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
  "sealed_ref",
  "config",
  "purpose",
] as const;
const insertedColumns = [...listedColumns, "input_hash", "payload"] as const;
/** All but the key, and the event that caused it. */
const replacedColumns = insertedColumns.filter((column) => !["id", "event_id", "sequence", "subject"].includes(column));
const outcomeColumns = ["state", "attempts", "next_at", "cause", "message", "sealed_ref", "settled_at"] as const;

export interface DeliveryWrites {
  /** Adds a delivery. A delivery that exists is not changed. */
  insert(row: NewDeliveryRow): Statement;
  /** The same, but a dead letter of the same route, target and subject blocks it. */
  insertBlockable(row: NewDeliveryRow): Statement;
  /** Adds a delivery, or sends one that has ended again with the new content. */
  replace(row: NewDeliveryRow): Statement;
  saveOutcome(outcome: DeliveryOutcome): Statement;
  /** Changes nothing when another process has taken over the claim: the outcome of that process counts. */
  saveClaimedOutcome(outcome: DeliveryOutcome & ClaimedQueue, owner: string): Statement;
}

/** The frequent writes, compiled once for a tenant. */
export function openDeliveryWrites(store: TenantStore): DeliveryWrites {
  const queries = queriesOf(store);
  const row = templateParameters(insertedColumns);
  // The writer evaluates it at the insert, so it sees every dead letter that was committed before.
  const stateBehindDeadLetter = sql`case when exists (
    select 1 from deliveries as earlier
    where earlier.tenant = ${store.tenant} and earlier.route = ${templateParameter("route")}
      and earlier.target = ${templateParameter("target")} and earlier.subject = ${templateParameter("subject")}
      and earlier.state in ('dead_letter', 'blocked')) then 'blocked' else 'waiting' end`;
  const insertTemplate = (values: NewDeliveryRow) =>
    statementTemplate<NewDeliveryRow>(
      queries.insertInto("deliveries", values).onConflict((c) => c.columns(["tenant", "id"]).doNothing()),
    );
  const update = () =>
    queries.updateTable("deliveries").set(templateParameters(outcomeColumns)).where("id", "=", templateParameter("id"));
  const hasClaim = sql<boolean>`exists (
    select 1 from delivery_claims as claim
    where claim.tenant = ${store.tenant} and claim.target = ${templateParameter("target")}
      and claim.action = ${templateParameter("action")} and claim.order_key = ${templateParameter("orderKey")}
      and claim.claimed_by = ${templateParameter("owner")})`;
  const claimedOutcome = statementTemplate<DeliveryOutcome & ClaimedQueue & { orderKey: string; owner: string }>(
    update().where(hasClaim),
  );
  return {
    insert: insertTemplate(row),
    insertBlockable: insertTemplate({ ...row, state: stateBehindDeadLetter as never }),
    replace: (ended) =>
      toStatement(
        queries.insertInto("deliveries", ended).onConflict((c) =>
          c
            .columns(["tenant", "id"])
            .doUpdateSet(({ ref }) => Object.fromEntries(replacedColumns.map((column) => [column, ref(`excluded.${column}`)])))
            .where("deliveries.state", "not in", ["waiting", "blocked"]),
        ),
      ),
    saveOutcome: statementTemplate<DeliveryOutcome>(update()),
    saveClaimedOutcome: (outcome, owner) => claimedOutcome({ ...outcome, orderKey: orderKeyOf(outcome), owner }),
  };
}

export interface DueFilter {
  target: string;
  action: string;
  /** Epoch ms. */
  now: number;
  limit: number;
  /** What this process has claimed; null for a store that only one process uses. */
  claimed: ClaimedKeys | null;
}

/** Due deliveries with those that only wait to share a call, and with the waiting ones of the same names, in the order of their events. */
export async function listDueDeliveries(
  store: TenantStore,
  { target, action, now, limit, claimed }: DueFilter,
): Promise<DeliveriesTable[]> {
  const waitingRows = () => waitingDeliveries(store, target, action).selectAll();
  const ownRows = () => (claimed ? waitingRows().where("subject", "in", ["", ...claimed.subjects]) : waitingRows());
  // Ordered like the index: a long backlog is not sorted for every batch.
  const due = await ownRows().where("next_at", "<=", now).orderBy("next_at").limit(limit).execute();
  if (due.length > 0 && due.length < limit) {
    const joining = ownRows().where("next_at", ">", now).where("attempts", "=", 0);
    due.push(
      ...(await joining
        .orderBy("next_at")
        .limit(limit - due.length)
        .execute()),
    );
  }
  const isClaimed = (name: string): boolean => claimed === null || claimed.names.has(name);
  const names = [...new Set(due.flatMap(({ name }) => (name !== null && isClaimed(name) ? [name] : [])))];
  // Waiting deliveries of the same names are sent together: sent later, an older one would overwrite a newer one.
  const sameNames = names.length === 0 ? [] : await waitingRows().where("name", "in", names).execute();
  const deliveries = new Map([...due, ...sameNames].map((d) => [d.id, d]));
  const ordered = [...deliveries.values()].sort((a, b) => a.sequence - b.sequence || (a.id < b.id ? -1 : 1));
  return claimed ? inOrderOfSubjects(ordered, isClaimed) : ordered;
}

/** Without deliveries whose name another process has, and without the later ones of their subjects, which wait for them. */
function inOrderOfSubjects(deliveries: readonly DeliveriesTable[], isClaimed: (name: string) => boolean): DeliveriesTable[] {
  const waitingSubjects = new Set<string>();
  return deliveries.filter(({ name, subject }) => {
    if (name !== null && !isClaimed(name)) waitingSubjects.add(subject);
    return !waitingSubjects.has(subject);
  });
}

/** The newest delivery of each name, by name. */
export async function listNewestOfNames(
  store: TenantStore,
  names: readonly string[],
): Promise<Map<string, Pick<DeliveriesTable, "route" | "input_hash" | "state" | "sequence" | "created_at">>> {
  const newest = names.map((name) =>
    queriesOf(store)
      .from("deliveries")
      .select(["route", "input_hash", "state", "sequence", "created_at"])
      .where("name", "=", name)
      .orderBy("sequence", "desc")
      .limit(1)
      .executeTakeFirst(),
  );
  const rows = await Promise.all(newest);
  return new Map(names.flatMap((name, i) => (rows[i] ? [[name, rows[i]] as const] : [])));
}

/** Those of the ids that exist. */
export async function existingDeliveries(store: TenantStore, ids: readonly string[]): Promise<Set<string>> {
  const existing = new Set<string>();
  for (const chunk of chunks(ids)) {
    const list = padded(chunk);
    const rows = await selectCompiled<{ id: string }>(store, `existing deliveries ${list.length}`, list, () =>
      queriesOf(store).from("deliveries").select("id").where("id", "in", list),
    );
    for (const { id } of rows) existing.add(id);
  }
  return existing;
}

/** When the next delivery is due; null when none waits. */
export async function nextDueAt(store: TenantStore, target: string, action: string): Promise<number | null> {
  const row = await waitingDeliveries(store, target, action)
    .select((e) => e.fn.min("next_at").as("dueAt"))
    .executeTakeFirst();
  return row?.dueAt === undefined || row.dueAt === null ? null : Number(row.dueAt);
}

export async function hasDueDeliveries(
  store: TenantStore,
  { target, action, now, count }: { target: string; action: string; now: number; count: number },
): Promise<boolean> {
  const due = waitingDeliveries(store, target, action).select("id").where("next_at", "<=", now);
  return (await due.limit(count).execute()).length >= count;
}

const waitingDeliveries = (
  store: TenantStore,
  target: string,
  action: string,
): SelectQueryBuilder<Database, "deliveries", object> =>
  queriesOf(store).from("deliveries").where("target", "=", target).where("action", "=", action).where("state", "=", "waiting");

export interface DeliveryFilter {
  limit: number;
  offset?: number;
  target?: string | undefined;
  route?: string | undefined;
  state?: string | undefined;
  cause?: string | undefined;
  event?: string | undefined;
  id?: string | undefined;
  /** Created at or after this instant. */
  since?: number | undefined;
}

/** Newest first, without the sealed payloads. */
export async function listDeliveries(
  store: TenantStore,
  { limit, offset = 0, target, route, state, cause, event, id, since }: DeliveryFilter,
): Promise<DeliveryRow[]> {
  let query = queriesOf(store)
    .from("deliveries")
    .select(["tenant", ...listedColumns])
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
}

/** Dead-letters the waiting deliveries of a target whose action is not one of `actions`. */
export const deadLetterUnknownActions = (
  store: TenantStore,
  target: string,
  actions: readonly string[],
  { message, now }: { message: string; now: number },
): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("deliveries")
      .set({ state: "dead_letter", cause: "misconfigured", message, settled_at: now })
      .where("target", "=", target)
      .where("state", "=", "waiting")
      .where("action", "not in", ["", ...actions]),
  );

/** Makes waiting deliveries due now that are due after `latest`. */
export const limitDeliveryWaits = (store: TenantStore, latest: number, now: number): Statement =>
  toStatement(
    queriesOf(store).updateTable("deliveries").set({ next_at: now }).where("state", "=", "waiting").where("next_at", ">", latest),
  );

/** Makes waiting deliveries of an action due earlier, but not before now. @param ms how far the clock was set back */
export const moveDeliveryWaits = (
  store: TenantStore,
  { target, action, ms, now }: { target: string; action: string; ms: number; now: number },
): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("deliveries")
      .set((e) => ({
        next_at: e
          .case()
          .when("next_at", ">", now + ms)
          .then(e("next_at", "-", ms))
          .else(now)
          .end(),
      }))
      .where("target", "=", target)
      .where("action", "=", action)
      .where("state", "=", "waiting")
      .where("next_at", ">", now),
  );

/** Makes all waiting deliveries of a target due. */
export const releaseDeliveries = (store: TenantStore, target: string, now: number): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("deliveries")
      .set({ next_at: now })
      .where("target", "=", target)
      .where("state", "=", "waiting")
      .where("next_at", ">", now),
  );

/** Blocks waiting deliveries of the same route, target and subject. */
export const blockWaitingDeliveries = (
  store: TenantStore,
  { route, target, subject }: Pick<DeliveriesTable, "route" | "target" | "subject">,
): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("deliveries")
      .set({ state: "blocked" })
      .where("route", "=", route)
      .where("target", "=", target)
      .where("subject", "=", subject)
      .where("state", "=", "waiting"),
  );

/** One delivery with its sealed payload; null when there is none. */
export async function findDelivery(store: TenantStore, id: string): Promise<DeliveriesTable | null> {
  const row = await queriesOf(store).from("deliveries").selectAll().where("id", "=", id).executeTakeFirst();
  return row ?? null;
}

/** Dead letters with this cause, at most 1,000. */
export async function listDeadLettersOf(
  store: TenantStore,
  cause: string,
): Promise<Pick<DeliveriesTable, "id" | "route" | "subject" | "target" | "action">[]> {
  return await queriesOf(store)
    .from("deliveries")
    .select(["id", "route", "subject", "target", "action"])
    // As a literal: with a parameter, SQLite does not use the index of dead letters.
    .where(sql<boolean>`state = 'dead_letter'`)
    .where("cause", "=", cause)
    .limit(1_000)
    .execute();
}

/** Changes what a dead letter says. */
export const noteDeadLetter = (store: TenantStore, id: string, message: string): Statement =>
  toStatement(
    queriesOf(store).updateTable("deliveries").set({ message }).where("id", "=", id).where("state", "=", "dead_letter"),
  );

/** Makes a dead letter wait again, with the deliveries that it blocks. @param cause a new cause; the last one stays when left out */
export const requeueDelivery = (
  store: TenantStore,
  { id, route, subject }: Pick<DeliveriesTable, "id" | "route" | "subject">,
  now: number,
  cause?: string,
): Statement[] =>
  [
    queriesOf(store)
      .updateTable("deliveries")
      .set({ state: "waiting", attempts: 0, next_at: now, settled_at: null, ...(cause === undefined ? {} : { cause }) })
      .where("id", "=", id),
    queriesOf(store)
      .updateTable("deliveries")
      .set({ state: "waiting" })
      .where("state", "=", "blocked")
      .where("route", "=", route)
      .where("subject", "=", subject),
  ].map(toStatement);

/** Deletes deliveries that ended before an instant. Dead letters stay until a person decides about them. */
export const deleteEndedDeliveries = (store: TenantStore, endedBefore: number): Statement =>
  toStatement(
    queriesOf(store).deleteFrom("deliveries").where("state", "in", ["done", "withheld"]).where("settled_at", "<", endedBefore),
  );
