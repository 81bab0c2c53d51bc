import { type AlertsConfig, type ChannelName, type Severity, sendChannels } from "../../config/alerts.ts";
import type { AlertsTable } from "../../store/schema.ts";
import type { AlertIncidentRow } from "../../store/tables/alertMessages.ts";
import { groupOf, highestSeverity, rankOf, ruleSettings, severityOf } from "./groups.ts";

/** Alerts of one cause open within seconds. A message waits for them. */
export const groupingMs = 5_000;
/** A cause that is back within this time after its end is not sent again, see `watchAlerts.ts`. */
export const resumeMs = 30 * 60_000;
/** An alert that joins an open group later than this is probably another cause. */
const joinMs = 6 * 3_600_000;
/** An alert that opened and closed between two looks is sent if it closed within this time. */
const passedMs = 15 * 60_000;

export type MessageKind = "opened" | "escalated" | "acknowledged" | "closed";

export interface PlannedMessage {
  group: string;
  kind: MessageKind;
  /** Ids of alerts. */
  alerts: string[];
  dueAt: number;
}

export interface PlanInput {
  channel: Exclude<ChannelName, "digest">;
  config: AlertsConfig;
  /** Open alerts, and those that were closed within {@link resumeMs}. */
  alerts: readonly AlertsTable[];
  /** Of the channel. */
  incidents: readonly AlertIncidentRow[];
  /** Groups with a message that waits. Its text will contain the newest state, so no other one is planned. */
  waitingGroups: ReadonlySet<string>;
  /** Epoch ms. */
  now: number;
}

export interface Plan {
  messages: PlannedMessage[];
  /** Changed incidents. */
  incidents: AlertIncidentRow[];
}

/** Compares what is open with what the channel was sentAlerts. It depends on the store only, so nothing is lost when a process ends. */
export function planMessages(input: PlanInput): Plan {
  const { alerts, incidents, channel, waitingGroups } = input;
  const members = Map.groupBy(alerts, groupOf);
  const incidentByGroup = new Map(incidents.map((incident) => [incident.alert_group, incident]));
  const openGroups = incidents.filter(({ closed_at }) => closed_at === null).map(({ alert_group }) => alert_group);
  const plan: Plan = { messages: [], incidents: [] };
  for (const group of new Set([...members.keys(), ...openGroups])) {
    if (waitingGroups.has(group)) continue;
    const incident = incidentByGroup.get(group) ?? null;
    const groupInput = { ...input, group, members: members.get(group) ?? [] };
    const isOpen = incident !== null && incident.closed_at === null;
    const change = isOpen ? planOpen(groupInput, incident) : planNew(groupInput, incident);
    if (!change) continue;
    plan.incidents.push({ ...change.incident, alert_group: group, channel });
    if (change.message) plan.messages.push({ group, ...change.message });
  }
  return plan;
}

interface GroupInput extends PlanInput {
  group: string;
  members: readonly AlertsTable[];
}

interface GroupChange {
  incident: Omit<AlertIncidentRow, "alert_group" | "channel">;
  message: Omit<PlannedMessage, "group"> | null;
}

/** Whether the channel gets alerts like this one, now or after an escalation. */
export function isRouted({ config, channel }: Pick<PlanInput, "config" | "channel">, alert: AlertsTable): boolean {
  if (ruleSettings(config, alert.kind).enabled === false) return false;
  // A channel that fails cannot report itself.
  if (alert.kind === "alert_channel_failing" && alert.subject === channel) return false;
  return isDirect({ config, channel }, alert) || isEscalationTarget({ config, channel }, alert);
}

const isDirect = ({ config, channel }: Pick<PlanInput, "config" | "channel">, alert: AlertsTable): boolean =>
  sendChannels(config, severityOf(config, alert)).includes(channel);

const isEscalationTarget = ({ config, channel }: Pick<PlanInput, "config" | "channel">, alert: AlertsTable): boolean =>
  severityOf(config, alert) === "critical" && (config.critical.escalate?.to ?? []).includes(channel);

/** Whether the alert is a reason to send a message now. */
function isDue(input: PlanInput, alert: AlertsTable): boolean {
  const { config, now } = input;
  if (!isRouted(input, alert) || (alert.muted_until ?? 0) > now) return false;
  if (isDirect(input, alert)) return true;
  const { escalate } = config.critical;
  return escalate !== undefined && alert.acknowledged_at === null && now - alert.opened_at >= escalate.afterMinutes * 60_000;
}

const kindOf = (input: PlanInput, newAlerts: readonly AlertsTable[]): MessageKind =>
  newAlerts.length > 0 && newAlerts.every((alert) => !isDirect(input, alert)) ? "escalated" : "opened";

const idsOf = (alerts: readonly AlertsTable[]): string[] => alerts.map(({ id }) => id);
const isOpenAlert = ({ closed_at }: AlertsTable): boolean => closed_at === null;

function planNew(input: GroupInput, incident: AlertIncidentRow | null): GroupChange | null {
  const { members, config, now } = input;
  const isReturn = incident?.closed_at != null && now - incident.closed_at < resumeMs;
  const sentIds = new Set(isReturn ? parseIds(incident.alerts) : []);
  const dueAlerts = members.filter((alert) => isDue(input, alert));
  const openAlerts = dueAlerts.filter((alert) => isOpenAlert(alert) && !sentIds.has(alert.id));
  const lastSentAt = incident?.changed_at ?? 0;
  const passedAlerts = dueAlerts.filter(
    (alert) =>
      alert.closed_at !== null && alert.closed_at > now - passedMs && alert.opened_at > lastSentAt && isDirect(input, alert),
  );
  const sentAlerts = [...openAlerts, ...passedAlerts];
  if (sentAlerts.length === 0) return null;
  return {
    incident: {
      severity: highestSeverity(sentAlerts.map((alert) => severityOf(config, alert))),
      alerts: JSON.stringify(idsOf(sentAlerts)),
      opened_at: now,
      changed_at: now,
      acknowledged_at: null,
      closed_at: null,
    },
    message: { kind: kindOf(input, sentAlerts), alerts: idsOf(sentAlerts), dueAt: now + groupingMs },
  };
}

function planOpen(input: GroupInput, incident: AlertIncidentRow): GroupChange | null {
  const { members, config, now, channel } = input;
  const sentIds = parseIds(incident.alerts);
  const openAlerts = members.filter((alert) => isOpenAlert(alert) && (isRouted(input, alert) || sentIds.includes(alert.id)));
  if (openAlerts.length === 0) {
    const closedIncident = { ...incident, changed_at: now, closed_at: now };
    return { incident: closedIncident, message: { kind: "closed", alerts: sentIds, dueAt: now } };
  }
  // An alert whose end is longer ago is another one when it comes back.
  const ongoingAlerts = members.filter((alert) => sentIds.includes(alert.id));
  const newAlerts = openAlerts.filter((alert) => isDue(input, alert) && !sentIds.includes(alert.id));
  const ids = idsOf([...ongoingAlerts, ...newAlerts]);
  const severity = highestSeverity([...ongoingAlerts, ...newAlerts].map((alert) => severityOf(config, alert)));
  const isHigher = rankOf(severity) > rankOf(incident.severity as Severity);
  if (isHigher || (newAlerts.length > 0 && now - incident.changed_at >= joinMs)) {
    const raisedIncident = { ...incident, severity, alerts: JSON.stringify(ids), changed_at: now, acknowledged_at: null };
    return { incident: raisedIncident, message: { kind: kindOf(input, newAlerts), alerts: ids, dueAt: now + groupingMs } };
  }
  if (channel === "pagerDuty" && incident.acknowledged_at === null && openAlerts.every((a) => a.acknowledged_at !== null)) {
    const acknowledgedIncident = { ...incident, acknowledged_at: now };
    return { incident: acknowledgedIncident, message: { kind: "acknowledged", alerts: idsOf(openAlerts), dueAt: now } };
  }
  const isSame = severity === incident.severity && ids.length === sentIds.length && ids.every((id) => sentIds.includes(id));
  return isSame ? null : { incident: { ...incident, severity, alerts: JSON.stringify(ids) }, message: null };
}

export const parseIds = (json: string): string[] => JSON.parse(json) as string[];
