import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { AlertIncidentsTable, AlertMessagesTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** A message about alerts to one channel. Instants are epoch ms. */
export type AlertMessageRow = Omit<AlertMessagesTable, "tenant">;
/** What a channel was sent about a group of alerts. */
export type AlertIncidentRow = Omit<AlertIncidentsTable, "tenant">;

/** A message with the id of another one is not stored again. */
export const insertAlertMessage = (store: TenantStore, row: AlertMessageRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("alert_messages", row)
      .onConflict((c) => c.columns(["tenant", "id"]).doNothing()),
  );

/** Records an attempt. */
export const updateAlertMessage = (
  store: TenantStore,
  id: string,
  change: Pick<AlertMessageRow, "kind" | "alerts" | "attempts" | "due_at" | "state" | "settled_at" | "problem">,
): Statement => toStatement(queriesOf(store).updateTable("alert_messages").set(change).where("id", "=", id));

/** Messages of a channel that wait, oldest first. */
export const listWaitingMessages = (store: TenantStore, channel: string): Promise<AlertMessageRow[]> =>
  queriesOf(store)
    .from("alert_messages")
    .selectAll()
    .where("state", "=", "waiting")
    .where("channel", "=", channel)
    .orderBy("created_at")
    .orderBy("id")
    .execute();

/** Messages since an instant, newest first. */
export const listMessagesSince = (store: TenantStore, since: number, limit: number): Promise<AlertMessageRow[]> =>
  queriesOf(store)
    .from("alert_messages")
    .selectAll()
    .where("created_at", ">=", since)
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();

/** When the last message of a kind was planned for a channel; null when there was none. */
export async function lastMessageAt(store: TenantStore, channel: string, kind: string): Promise<number | null> {
  const row = await queriesOf(store)
    .from("alert_messages")
    .select("created_at")
    .where("channel", "=", channel)
    .where("kind", "=", kind)
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ? Number(row.created_at) : null;
}

/** Channels whose messages wait after so many failed attempts: how many, since when, and why. */
export async function listFailingChannels(
  store: TenantStore,
  minAttempts: number,
): Promise<{ channel: string; count: number; since: number; problem: string | null }[]> {
  const rows = await queriesOf(store)
    .from("alert_messages")
    .select((e) => [
      "channel",
      e.fn.countAll<number>().as("count"),
      e.fn.min("created_at").as("since"),
      e.fn.max("problem").as("problem"),
    ])
    .where("state", "=", "waiting")
    .where("attempts", ">=", minAttempts)
    .groupBy("channel")
    .execute();
  return rows.map(({ count, since, ...row }) => ({ ...row, count: Number(count), since: Number(since) }));
}

/** Waiting messages of a channel are due now. */
export const releaseAlertMessages = (store: TenantStore, channel: string, now: number): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("alert_messages")
      .set({ due_at: now })
      .where("state", "=", "waiting")
      .where("channel", "=", channel)
      .where("due_at", ">", now),
  );

/** Ends the waiting messages of a channel that is no longer configured. */
export const expireAlertMessages = (store: TenantStore, channel: string, now: number, problem: string): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("alert_messages")
      .set({ state: "expired", settled_at: now, problem })
      .where("state", "=", "waiting")
      .where("channel", "=", channel),
  );

export const deleteAlertMessages = (store: TenantStore, endsAt: number): Statement =>
  toStatement(
    queriesOf(store).deleteFrom("alert_messages").where("created_at", "<", endsAt).where(sql<boolean>`state <> 'waiting'`),
  );

export const listIncidents = (store: TenantStore, channel: string): Promise<AlertIncidentRow[]> =>
  queriesOf(store).from("alert_incidents").selectAll().where("channel", "=", channel).execute();

export function saveIncident(store: TenantStore, { alert_group, channel, ...row }: AlertIncidentRow): Statement {
  return toStatement(
    queriesOf(store)
      .insertInto("alert_incidents", { alert_group, channel, ...row })
      .onConflict((c) => c.columns(["tenant", "alert_group", "channel"]).doUpdateSet(row)),
  );
}

/** Deletes what channels were sent about alerts that ended before an instant. */
export const deleteIncidents = (store: TenantStore, closedBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("alert_incidents").where("closed_at", "<", closedBefore));
