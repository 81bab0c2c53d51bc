import type { Clock } from "@sidelight/model/clock.ts";
import { ulid } from "ulid";
import type { ChannelName } from "../../config/alerts.ts";
import type { Tenant } from "../../context/tenant.ts";
import type { AlertsTable } from "../../store/schema.ts";
import {
  type AlertMessageRow,
  expireAlertMessages,
  insertAlertMessage,
  listIncidents,
  listWaitingMessages,
  saveIncident,
  updateAlertMessage,
} from "../../store/tables/alertMessages.ts";
import { listAlertsById, listCurrentAlerts } from "../../store/tables/alerts.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { AlertChannels } from "./channels/index.ts";
import { planDigest } from "./digest.ts";
import { groupOf, highestSeverity, severityOf } from "./groups.ts";
import { type NoticeKind, noticeOf } from "./notice.ts";
import { isRouted, parseIds, planMessages, resumeMs } from "./planMessages.ts";

const minuteMs = 60_000;
const firstRetryMs = 5_000;
const maxRetryMs = 15 * minuteMs;
/** A message about alerts that have ended is not sent after this time. */
const expiryMs = 24 * 60 * minuteMs;

export interface MessageTools {
  tenant: Pick<Tenant, "log" | "config" | "connections">;
  channels: AlertChannels;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, "alertMessages">;
}

/** Plans the messages of a channel in one commit. */
export async function planChannel(channel: ChannelName, { tenant, clock }: MessageTools): Promise<void> {
  const { log, config } = tenant;
  const now = clock.now();
  if (channel === "digest") {
    const message = await planDigest(log.store, config, now);
    if (message) await log.append({ statements: [insertAlertMessage(log.store, message)], correlationId: "alerts" });
    return;
  }
  const [alerts, incidents, waitingMessages] = await Promise.all([
    listCurrentAlerts(log.store, now - resumeMs),
    listIncidents(log.store, channel),
    listWaitingMessages(log.store, channel),
  ]);
  const waitingGroups = new Set(waitingMessages.map(({ alert_group }) => alert_group));
  const plan = planMessages({ channel, config: config.alerts, alerts, incidents, waitingGroups, now });
  if (plan.messages.length === 0 && plan.incidents.length === 0) return;
  const messages = plan.messages.map(({ group, kind, alerts: ids, dueAt }) =>
    insertAlertMessage(log.store, {
      id: `msg_${ulid(now)}`,
      alert_group: group,
      ...{ channel, kind, alerts: JSON.stringify(ids), created_at: now, due_at: dueAt },
      ...{ attempts: 0, state: "waiting", settled_at: null, problem: null },
    }),
  );
  const statements = [...messages, ...plan.incidents.map((incident) => saveIncident(log.store, incident))];
  await log.append({ statements, correlationId: "alerts" });
}

/** Sends what is due, oldest first. @returns when the next message is due, epoch ms; null when none waits */
export async function sendChannel(channel: ChannelName, tools: MessageTools, signal: AbortSignal): Promise<number | null> {
  const { tenant, clock } = tools;
  const waitingMessages = await listWaitingMessages(tenant.log.store, channel);
  for (const message of waitingMessages) {
    if (signal.aborted) return null;
    if (message.due_at > clock.now()) continue;
    const isSent = await sendMessage(message, tools);
    // What failed for one message fails for the next one too. They stay in order.
    if (!isSent) break;
  }
  const remainingMessages = await listWaitingMessages(tenant.log.store, channel);
  return remainingMessages.length === 0 ? null : Math.min(...remainingMessages.map(({ due_at }) => due_at));
}

/** Ends what waits for a channel that the configuration no longer has. */
export async function endChannel(channel: ChannelName, { tenant, clock }: MessageTools): Promise<void> {
  const { store } = tenant.log;
  const [waitingMessages, incidents] = await Promise.all([listWaitingMessages(store, channel), listIncidents(store, channel)]);
  const openIncidents = incidents.filter(({ closed_at }) => closed_at === null);
  if (waitingMessages.length === 0 && openIncidents.length === 0) return;
  const now = clock.now();
  await tenant.log.append({
    statements: [
      expireAlertMessages(store, channel, now, "The channel is no longer configured."),
      // Whether it was sent to the channel that comes back is not known.
      ...openIncidents.map((incident) => saveIncident(store, { ...incident, alerts: "[]", closed_at: now })),
    ],
    correlationId: "alerts",
  });
}

type Attempt = Parameters<typeof updateAlertMessage>[2];

/** The text is written now, so that a message that waited shows what is open now. @returns false when the channel failed */
async function sendMessage(message: AlertMessageRow, tools: MessageTools): Promise<boolean> {
  const { tenant, channels, clock, logger, metrics } = tools;
  const { log, config, connections } = tenant;
  const channel = message.channel as ChannelName;
  const { kind, alerts } = await contentOf(message, tools);
  const settledContent = { kind, alerts: JSON.stringify(alerts.map(({ id }) => id)), attempts: message.attempts };
  const isPointless = alerts.length === 0 || (channel === "pagerDuty" && kind === "ended");
  const isExpired = clock.now() - message.created_at > expiryMs && alerts.every(({ closed_at }) => closed_at !== null);
  if (isPointless || isExpired) {
    const state = isExpired ? "expired" : "skipped";
    await record(
      message,
      { ...settledContent, due_at: message.due_at, state, settled_at: clock.now(), problem: message.problem },
      alerts,
    );
    return true;
  }
  const notice = noticeOf({
    ...{ kind, key: log.identifier("alert group", message.alert_group), tenant: log.tenant, timeZone: config.timeZone },
    ...{ config: config.alerts, alerts, now: clock.now() },
    labelOf: (id) => connections.find((connection) => connection.id === id)?.platform.label ?? id,
  });
  const outcome = await channels(channel, config.alerts, notice);
  metrics.alertMessages.inc({ tenant: log.tenant, channel, outcome: outcome.isSent ? "sent" : "failed" });
  const now = clock.now();
  const attempts = message.attempts + 1;
  if (outcome.isSent) {
    logger.info({ tenant: log.tenant, channel, kind, alerts: alerts.length }, "alert message sent");
    await record(
      message,
      { ...settledContent, attempts, due_at: message.due_at, state: "sent", settled_at: now, problem: null },
      alerts,
    );
    return true;
  }
  logger.warn({ tenant: log.tenant, channel, attempts, problem: outcome.problem }, "an alert message could not be sent");
  const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(message.attempts, 20));
  const attempt: Attempt = {
    ...{ kind: message.kind, alerts: message.alerts, attempts, state: "waiting", settled_at: null, problem: outcome.problem },
    due_at: Math.max(now + delayMs, outcome.retryAt ?? 0),
  };
  await log.append({ statements: [updateAlertMessage(log.store, message.id, attempt)], correlationId: "alerts" });
  return false;

  /** The incident shows what the channel was sent. */
  async function record(
    { id, alert_group }: AlertMessageRow,
    change: Attempt,
    sentAlerts: readonly AlertsTable[],
  ): Promise<void> {
    const incident = (await listIncidents(log.store, channel)).find((row) => row.alert_group === alert_group);
    const statements = [updateAlertMessage(log.store, id, change)];
    if (incident && incident.closed_at === null && kind !== "acknowledged") {
      const severity = highestSeverity(sentAlerts.map((alert) => severityOf(config.alerts, alert)));
      const closing = kind === "ended" ? { closed_at: clock.now() } : {};
      // What was not sent does not silence an alert that is back.
      const ids = change.state === "sent" ? change.alerts : "[]";
      statements.push(saveIncident(log.store, { ...incident, severity, alerts: ids, ...closing }));
    }
    await log.append({ statements, correlationId: "alerts" });
  }
}

/** What a message says now: the alerts that are open, or those that it was about when none is. */
async function contentOf(
  { kind, alerts, alert_group, channel }: AlertMessageRow,
  { tenant, clock }: MessageTools,
): Promise<{ kind: NoticeKind; alerts: AlertsTable[] }> {
  const { log, config } = tenant;
  const plannedIds = parseIds(alerts);
  const plannedAlerts = await listAlertsById(log.store, plannedIds);
  if (kind === "closed" || kind === "digest") return { kind, alerts: plannedAlerts };
  const route = { config: config.alerts, channel: channel as Exclude<ChannelName, "digest"> };
  const currentAlerts = await listCurrentAlerts(log.store, clock.now());
  const openAlerts = currentAlerts.filter(
    (alert) => groupOf(alert) === alert_group && (isRouted(route, alert) || plannedIds.includes(alert.id)),
  );
  return openAlerts.length > 0 ? { kind: kind as NoticeKind, alerts: openAlerts } : { kind: "ended", alerts: plannedAlerts };
}
