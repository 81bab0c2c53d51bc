import type { AlertKind } from "../../config/alertKinds.ts";
import type { AlertsConfig, Severity } from "../../config/alerts.ts";
import type { AlertsTable } from "../../store/schema.ts";

/** Kinds that a platform which does not work causes, besides others. Of one connection, they are one cause. */
const outageKinds: ReadonlySet<string> = new Set([
  "sign_in_failed",
  "circuit_open",
  "stream_failing",
  "subscription_failing",
  "webhook_silent",
  "quota_exhausted",
  "queue_growing",
  "dead_letter",
  "delivery_review",
  "freshness_burning_fast",
  "freshness_burning_slow",
] satisfies (AlertKind | "freshness_burning_fast" | "freshness_burning_slow")[]);

/** Alerts of one group are one message. */
export function groupOf({ kind, connection }: Pick<AlertsTable, "kind" | "connection">): string {
  if (connection === "") return kind;
  return outageKinds.has(kind) ? connection : `${kind} ${connection}`;
}

interface RuleSettings {
  enabled?: boolean | undefined;
  severity?: Severity | undefined;
}

/** What the configuration says about a kind of alert. */
export const ruleSettings = ({ rules }: Pick<AlertsConfig, "rules">, kind: string): RuleSettings =>
  (rules as Readonly<Record<string, RuleSettings | undefined>>)[kind] ?? {};

/** The configured severity; otherwise that with which the alert was opened. */
export const severityOf = (config: Pick<AlertsConfig, "rules">, { kind, severity }: Pick<AlertsTable, "kind" | "severity">) =>
  ruleSettings(config, kind).severity ?? (severity as Severity);

const ranks: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };
export const rankOf = (severity: Severity): number => ranks[severity];

/** The highest severity. */
export const highestSeverity = (severities: readonly Severity[]): Severity =>
  severities.reduce((highest, severity) => (rankOf(severity) > rankOf(highest) ? severity : highest), "info");
