import { createHash } from "node:crypto";
import type { Statement } from "./statement.ts";
import type { TenantStore } from "./store.ts";

export type Severity = "critical" | "warning" | "info";

/** Something that a person should know of. It is one alert for as long as it lasts, however often it is noticed. */
export interface AlertInput {
  /** `sign_in_failed`, `field_gone`, … */
  kind: string;
  severity: Severity;
  connection: string;
  /** What it is about, within its kind and connection: a field's name. */
  subject: string;
  /** A sentence, with what to do where there is something. Never a personal value. */
  message: string;
}

const idOf = ({ kind, connection, subject }: Pick<AlertInput, "kind" | "connection" | "subject">): string =>
  `alr_${createHash("sha256")
    .update(JSON.stringify([kind, connection, subject]))
    .digest("base64url")
    .slice(0, 22)}`;

/** Opens an alert; one that is open stays as old as it is, one that had closed opens anew. */
export function openAlert(store: TenantStore, alert: AlertInput, now: number): Statement {
  const { severity, message } = alert;
  return store.statements
    .insertInto("alerts")
    .values({ tenant: store.tenant, id: idOf(alert), ...alert, opened_at: now, closed_at: null })
    .onConflict((c) =>
      c.columns(["tenant", "id"]).doUpdateSet((e) => ({
        severity,
        message,
        opened_at: e.fn.coalesce(e.case().when("alerts.closed_at", "is", null).then(e.ref("alerts.opened_at")).end(), e.val(now)),
        closed_at: null,
      })),
    )
    .compile();
}

export function closeAlert(
  store: TenantStore,
  alert: Pick<AlertInput, "kind" | "connection" | "subject">,
  now: number,
): Statement {
  return store.statements
    .updateTable("alerts")
    .set({ closed_at: now })
    .where("tenant", "=", store.tenant)
    .where("id", "=", idOf(alert))
    .where("closed_at", "is", null)
    .compile();
}

export interface AlertFilter {
  limit: number;
  offset: number;
  kind?: string | undefined;
  since?: number | undefined;
  /** open or closed. */
  state?: string | undefined;
}

/** Newest first. */
export async function listAlerts(store: TenantStore, { limit, offset, kind, since, state }: AlertFilter) {
  let query = store.from("alerts").selectAll().orderBy("opened_at", "desc").orderBy("id").limit(limit).offset(offset);
  if (kind !== undefined) query = query.where("kind", "=", kind);
  if (since !== undefined) query = query.where("opened_at", ">=", since);
  if (state !== undefined) query = query.where("closed_at", state === "open" ? "is" : "is not", null);
  return await query.execute();
}
