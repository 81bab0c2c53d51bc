import { calendarDays, wallClock } from "@sidelight/model/calendar.ts";
import { type AlertsConfig, sendChannels } from "../../config/alerts.ts";
import type { TenantConfig } from "../../config/schema.ts";
import type { AlertsTable } from "../../store/schema.ts";
import { type AlertMessageRow, lastMessageAt } from "../../store/tables/alertMessages.ts";
import { listCurrentAlerts } from "../../store/tables/alerts.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import { ruleSettings, severityOf } from "./groups.ts";

/** The digest of today, once its time has come. The first one is not sent: it only marks from when on alerts are listedAlerts. */
export async function planDigest(
  store: TenantStore,
  { alerts, timeZone }: Pick<TenantConfig, "alerts" | "timeZone">,
  now: number,
): Promise<AlertMessageRow | null> {
  const { mail } = alerts.channels;
  if (!mail) return null;
  const day = calendarDays(timeZone)(now);
  const dueAt = wallClock(timeZone)(Date.parse(`${day}T${mail.dailyAt}:00Z`));
  const lastAt = await lastMessageAt(store, "digest", "digest");
  if (lastAt !== null && (now < dueAt || lastAt >= dueAt)) return null;
  const listedAlerts = lastAt === null ? [] : await digestAlerts(store, alerts, { since: lastAt, now });
  const state = listedAlerts.length === 0 ? { state: "skipped", settled_at: now } : { state: "waiting", settled_at: null };
  return {
    id: `msg_digest_${day}${lastAt === null ? "_first" : ""}`,
    ...{ alert_group: "digest", channel: "digest", kind: "digest", alerts: JSON.stringify(listedAlerts.map(({ id }) => id)) },
    ...{ created_at: now, due_at: now, attempts: 0, ...state, problem: null },
  };
}

/** What was opened or closed since the last digest. */
async function digestAlerts(
  store: TenantStore,
  config: AlertsConfig,
  { since, now }: { since: number; now: number },
): Promise<AlertsTable[]> {
  const currentAlerts = await listCurrentAlerts(store, since);
  return currentAlerts.filter(
    (alert) =>
      (alert.opened_at > since || alert.closed_at !== null) &&
      ruleSettings(config, alert.kind).enabled !== false &&
      sendChannels(config, severityOf(config, alert)).includes("digest") &&
      (alert.muted_until ?? 0) <= now,
  );
}
