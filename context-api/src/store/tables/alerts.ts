import { createHash } from "node:crypto";
import { queriesOf } from "../queries.ts";
import type { AlertsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type Severity = "critical" | "warning" | "info";

/** A condition that a person should know about. It is one alert for as long as it lasts, however often it is detected. */
export interface AlertInput {
  /** `sign_in_failed`, `field_gone`, … */
  kind: string;
  severity: Severity;
  connection: string;
  /** The object of the alert within its kind and connection, for example the name of a field. */
  subject: string;
  /** One sentence with the fault and what to do. Never a personal value. */
  message: string;
  /** Why it happened; the message when left out. Never a personal value. */
  cause?: string;
  /** When the cause began, epoch ms; now when left out. */
  since?: number;
  /** How many failures, deliveries or messages it covers; 1 when left out. */
  count?: number;
  /** What to do about this cause; null, or left out, for the action of the kind. */
  nextAction?: string | null;
}

export type AlertKey = Pick<AlertInput, "kind" | "connection" | "subject">;

const alertId = ({ kind, connection, subject }: AlertKey): string =>
  `alr_${createHash("sha256")
    .update(JSON.stringify([kind, connection, subject]))
    .digest("base64url")
    .slice(0, 22)}`;

/**
 * Opens an alert. An open alert keeps its time; a closed one is opened again.
 * @param resumeMs an alert that was closed within this time is the same one: it keeps its time too, and counts a reopening
 */
export function openAlert(store: TenantStore, alert: AlertInput, now: number, resumeMs = 0): Statement {
  const { kind, connection, subject, severity, message, cause = message, since = now, count = 1 } = alert;
  const causes = { severity, message, cause, count, next_action: alert.nextAction ?? null };
  const row = { kind, connection, subject, since, ...causes, reopenings: 0 };
  return toStatement(
    queriesOf(store)
      .insertInto("alerts", {
        id: alertId(alert),
        ...row,
        opened_at: now,
        closed_at: null,
        acknowledged_at: null,
        acknowledged_by: null,
        muted_until: null,
      })
      .onConflict((c) =>
        c.columns(["tenant", "id"]).doUpdateSet((e) => {
          // Null when the alert is a new one. An ongoing alert keeps the start of its cause.
          const keptColumn = <C extends "since" | "opened_at" | "acknowledged_at" | "acknowledged_by">(column: C) =>
            e
              .case()
              .when(e.or([e("alerts.closed_at", "is", null), e("alerts.closed_at", ">", now - resumeMs)]))
              .then(e.ref(`alerts.${column}`))
              .end();
          return {
            ...causes,
            since: e.fn.coalesce(keptColumn("since"), e.val(since)),
            opened_at: e.fn.coalesce(keptColumn("opened_at"), e.val(now)),
            acknowledged_at: keptColumn("acknowledged_at"),
            acknowledged_by: keptColumn("acknowledged_by"),
            reopenings: e
              .case()
              .when("alerts.closed_at", "is", null)
              .then(e.ref("alerts.reopenings"))
              .when("alerts.closed_at", ">", now - resumeMs)
              .then(e("alerts.reopenings", "+", 1))
              .else(0)
              .end(),
            closed_at: null,
          };
        }),
      ),
  );
}

export const closeAlert = (store: TenantStore, alert: AlertKey, now: number): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("alerts")
      .set({ closed_at: now })
      .where("id", "=", alertId(alert))
      .where("closed_at", "is", null),
  );

/** Null when there is no alert with this id. */
export async function findAlert(store: TenantStore, id: string): Promise<AlertsTable | null> {
  return (await queriesOf(store).from("alerts").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
}

/** An alert that is acknowledged stays so: the first person counts. */
export const acknowledgeAlert = (store: TenantStore, id: string, by: string, now: number): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("alerts")
      .set({ acknowledged_at: now, acknowledged_by: by })
      .where("id", "=", id)
      .where("acknowledged_at", "is", null),
  );

/** @param until null ends it */
export const muteAlert = (store: TenantStore, id: string, until: number | null): Statement =>
  toStatement(queriesOf(store).updateTable("alerts").set({ muted_until: until }).where("id", "=", id));

/** Alerts that are open, or were closed after an instant. */
export const listCurrentAlerts = (store: TenantStore, closedAfter: number): Promise<AlertsTable[]> =>
  queriesOf(store)
    .from("alerts")
    .selectAll()
    .where((e) => e.or([e("closed_at", "is", null), e("closed_at", ">", closedAfter)]))
    .orderBy("opened_at")
    .orderBy("id")
    .execute();

export const listAlertsById = async (store: TenantStore, ids: readonly string[]): Promise<AlertsTable[]> =>
  ids.length === 0 ? [] : await queriesOf(store).from("alerts").selectAll().where("id", "in", ids).execute();

/** Null when the alert is not open. */
export async function findOpenAlert(store: TenantStore, alert: AlertKey): Promise<Pick<AlertsTable, "opened_at"> | null> {
  const row = await queriesOf(store)
    .from("alerts")
    .select("opened_at")
    .where("id", "=", alertId(alert))
    .where("closed_at", "is", null)
    .executeTakeFirst();
  return row ?? null;
}

/** Open alerts of these kinds. */
export const listOpenAlerts = (store: TenantStore, kinds: readonly string[]): Promise<AlertsTable[]> =>
  queriesOf(store).from("alerts").selectAll().where("kind", "in", kinds).where("closed_at", "is", null).execute();

/** Open alerts by severity. */
export async function countOpenAlerts(store: TenantStore): Promise<{ severity: string; count: number }[]> {
  const rows = await queriesOf(store)
    .from("alerts")
    .select((e) => ["severity", e.fn.countAll<number>().as("count")])
    .where("closed_at", "is", null)
    .groupBy("severity")
    .execute();
  return rows.map(({ severity, count }) => ({ severity, count: Number(count) }));
}

export interface AlertFilter {
  limit: number;
  offset: number;
  kind?: string | undefined;
  /** Opened at or after this instant, epoch ms. */
  since?: number | undefined;
  /** open or closed. */
  state?: string | undefined;
}

/** Newest first. */
export async function listAlerts(store: TenantStore, { limit, offset, kind, since, state }: AlertFilter): Promise<AlertsTable[]> {
  let query = queriesOf(store).from("alerts").selectAll().orderBy("opened_at", "desc").orderBy("id").limit(limit).offset(offset);
  if (kind !== undefined) query = query.where("kind", "=", kind);
  if (since !== undefined) query = query.where("opened_at", ">=", since);
  if (state !== undefined) query = query.where("closed_at", state === "open" ? "is" : "is not", null);
  return await query.execute();
}
