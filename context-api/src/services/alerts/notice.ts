import type { AlertsConfig, Severity } from "../../config/alerts.ts";
import type { AlertsTable } from "../../store/schema.ts";
import { highestSeverity, rankOf, severityOf } from "./groups.ts";
import type { MessageKind } from "./planMessages.ts";
import { nextActionOf } from "./rules/index.ts";
import { runbookOf } from "./runbooks.ts";

/** One alert as a message shows it. No text contains a value of a customer. */
export interface NoticeAlert {
  id: string;
  kind: string;
  severity: Severity;
  /** Label of the platform and id of the connection; empty for Sidelight itself. */
  connection: string;
  message: string;
  /** Epoch ms. */
  since: number;
  /** Null while it is open. */
  closedAt: number | null;
  count: number;
  nextAction: string;
  acknowledgedAt: number | null;
  /** Address in the console; null without `consoleUrl`. */
  link: string | null;
  runbook: string | null;
}

/** `ended`: what is reported was over before it could be sent. */
export type NoticeKind = MessageKind | "ended" | "digest" | "test";

/** What a channel sends. */
export interface Notice {
  kind: NoticeKind;
  /** The same for all messages about a group, and only for them. */
  key: string;
  tenant: string;
  timeZone: string;
  severity: Severity;
  /** The most severe first. */
  alerts: NoticeAlert[];
  /** Epoch ms. */
  at: number;
  /** Address of the list of alerts; null without `consoleUrl`. */
  link: string | null;
}

export interface NoticeInput {
  kind: NoticeKind;
  key: string;
  tenant: string;
  timeZone: string;
  config: AlertsConfig;
  alerts: readonly AlertsTable[];
  /** Label of a connection's platform. */
  labelOf(connection: string): string;
  now: number;
}

export function noticeOf({ kind, key, tenant, timeZone, config, alerts, labelOf, now }: NoticeInput): Notice {
  const base = config.consoleUrl?.replace(/\/+$/, "") ?? null;
  const views = alerts
    .map((alert): NoticeAlert => {
      const { id, connection, message, opened_at, closed_at, count, next_action, acknowledged_at } = alert;
      return {
        id,
        kind: alert.kind,
        severity: severityOf(config, alert),
        connection: connection === "" ? "" : labelWithId(labelOf(connection), connection),
        message,
        since: alert.since ?? opened_at,
        closedAt: closed_at,
        count,
        nextAction: next_action ?? nextActionOf(alert.kind),
        acknowledgedAt: acknowledged_at,
        link: base === null ? null : `${base}/console#/alerts/${id}`,
        runbook: base === null ? null : `${base}${runbookOf(alert.kind)}`,
      };
    })
    .sort((a, b) => rankOf(b.severity) - rankOf(a.severity) || a.since - b.since);
  const severity = highestSeverity(views.map((view) => view.severity));
  const link = base === null ? null : `${base}/console#/alerts`;
  return { kind, key, tenant, timeZone, severity, alerts: views, at: now, link };
}

const labelWithId = (label: string, connection: string): string =>
  label.toLowerCase() === connection ? label : `${label} (${connection})`;

/** One line: what a person reads on a locked screen. */
export function titleOf({ kind, tenant, severity, alerts }: Notice): string {
  const [first] = alerts;
  const overrides = alerts.length > 1 ? ` (and ${alerts.length - 1} more)` : "";
  const text = first ? `${first.message}${overrides}` : "";
  switch (kind) {
    case "test":
      return `Test message of Sidelight for ${tenant}`;
    case "digest":
      return `Sidelight ${tenant}: ${alerts.length === 1 ? "1 alert" : `${alerts.length} alerts`} since the last digest`;
    case "closed":
      return `Ended: ${text}`;
    case "ended":
      return `Began and ended: ${text}`;
    case "acknowledged":
      return `Acknowledged: ${text}`;
    case "escalated":
      return `Not acknowledged: ${text}`;
    case "opened":
      return `${severityWords[severity]}: ${text}`;
  }
}

const severityWords: Record<Severity, string> = { critical: "Critical", warning: "Warning", info: "Info" };

/** `2026-11-30 13:05 (Europe/Berlin)` */
export function timeText(instant: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
    hourCycle: "h23",
  }).format(instant);
  return `${parts.replace(",", "")} (${timeZone})`;
}

/** Severity, kind and message; without the message when it is the title already. */
export const headingOf = ({ severity, kind, message }: NoticeAlert, { alerts, kind: noticeKind }: Notice): string =>
  `${severityWords[severity]}, ${kind}${alerts.length === 1 && noticeKind !== "digest" ? "" : `: ${message}`}`;

/** Label and text of what a person needs to know about an alert, in order. */
export function factsOf(alert: NoticeAlert, timeZone: string): [label: string, text: string][] {
  const { connection, since, closedAt, count, nextAction } = alert;
  return [
    ...(connection === "" ? [] : [["Connection", connection] as [string, string]]),
    ["Since", timeText(since, timeZone)],
    ...(closedAt === null ? [] : [["Ended", timeText(closedAt, timeZone)] as [string, string]]),
    ...(count > 1 ? [["Count", String(count)] as [string, string]] : []),
    ...(closedAt === null ? [["Next action", nextAction] as [string, string]] : []),
  ];
}
