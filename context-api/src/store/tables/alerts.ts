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
}

export type AlertKey = Pick<AlertInput, "kind" | "connection" | "subject">;

const alertId = ({ kind, connection, subject }: AlertKey): string =>
  `alr_${createHash("sha256")
    .update(JSON.stringify([kind, connection, subject]))
    .digest("base64url")
    .slice(0, 22)}`;

/** Opens an alert. An open alert keeps its time; a closed one is opened again. */
export function openAlert(store: TenantStore, alert: AlertInput, now: number): Statement {
  const { severity, message } = alert;
  return toStatement(
    queriesOf(store)
      .insertInto("alerts", { id: alertId(alert), ...alert, opened_at: now, closed_at: null })
      .onConflict((c) =>
        c.columns(["tenant", "id"]).doUpdateSet((e) => ({
          severity,
          message,
          opened_at: e.fn.coalesce(
            e.case().when("alerts.closed_at", "is", null).then(e.ref("alerts.opened_at")).end(),
            e.val(now),
          ),
          closed_at: null,
        })),
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
