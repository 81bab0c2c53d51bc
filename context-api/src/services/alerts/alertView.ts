import type { Alert, AlertNotification } from "@sidelight/contracts/connections/alert.ts";
import type { AlertsConfig } from "../../config/alerts.ts";
import type { AlertsTable } from "../../store/schema.ts";
import { type AlertMessageRow, listMessagesSince } from "../../store/tables/alertMessages.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import { iso, isoOrNull } from "../instant.ts";
import { groupOf, severityOf } from "./groups.ts";
import { parseIds } from "./planMessages.ts";
import { nextActionOf } from "./rules/index.ts";
import { runbookOf } from "./runbooks.ts";

/** More messages than this are not looked through for a page. */
const maxMessages = 5_000;
const maxShown = 10;

/** Alerts as the API shows them, with the messages that were sent about them. */
export async function alertViews(
  store: TenantStore,
  config: AlertsConfig,
  rows: readonly AlertsTable[],
): Promise<(row: AlertsTable) => Alert> {
  if (rows.length === 0) return (row) => alertView(row, config, []);
  const messages = await listMessagesSince(store, Math.min(...rows.map(({ opened_at }) => opened_at)), maxMessages);
  const byAlert = new Map<string, AlertMessageRow[]>();
  for (const message of messages)
    for (const id of parseIds(message.alerts)) byAlert.set(id, [...(byAlert.get(id) ?? []), message]);
  return (row) => alertView(row, config, byAlert.get(row.id) ?? []);
}

function alertView(row: AlertsTable, config: AlertsConfig, messages: readonly AlertMessageRow[]): Alert {
  const { id, kind, connection, subject, message, cause, since, count, next_action, reopenings, opened_at, closed_at } = row;
  return {
    ...{ id, kind, severity: severityOf(config, row), connection, subject, message },
    cause: cause ?? message,
    since: iso(since ?? opened_at),
    count,
    nextAction: next_action ?? nextActionOf(kind),
    runbook: runbookOf(kind),
    group: groupOf(row),
    reopenings,
    openedAt: iso(opened_at),
    closedAt: isoOrNull(closed_at),
    acknowledgedAt: isoOrNull(row.acknowledged_at),
    acknowledgedBy: row.acknowledged_by,
    mutedUntil: isoOrNull(row.muted_until),
    notifications: messages
      .filter(({ created_at }) => created_at >= opened_at)
      .slice(0, maxShown)
      .map(notificationView),
  };
}

const notificationView = ({ channel, kind, state, created_at, settled_at, problem }: AlertMessageRow): AlertNotification => ({
  channel: channel as AlertNotification["channel"],
  kind,
  state: state as AlertNotification["state"],
  at: iso(settled_at ?? created_at),
  problem,
});
