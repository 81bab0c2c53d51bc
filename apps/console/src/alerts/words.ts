import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { addressOf } from "../ui/address.ts";
import { labelWords } from "../ui/words.ts";

export const severityWords: Readonly<Record<Alert["severity"], string>> = {
  critical: "Critical",
  warning: "Warning",
  info: "Info",
};
export const severityTones = { critical: "danger", warning: "warning", info: "neutral" } as const;

/** "circuit_open" → "Circuit open" */
export const kindWords = (kind: string): string => labelWords(kind);

interface PageLink {
  href: string;
  text: string;
}

/** Kinds that have a page of their own, whatever the connection. */
const pages: Readonly<Record<string, PageLink>> = {
  messages_quarantined: { href: "#/quarantine", text: "Quarantine" },
  conflicts_waiting: { href: "#/conflicts", text: "Conflicts" },
  config_refused: { href: "#/configuration", text: "Configuration" },
  canary_rolled_back: { href: "#/configuration/canaries", text: "Canaries" },
  identifiers_struck: { href: "#/identity/strikes", text: "Strikes" },
  freshness_burning_fast: { href: "#/freshness", text: "Freshness" },
  freshness_burning_slow: { href: "#/freshness", text: "Freshness" },
  cost_over_budget: { href: "#/costs", text: "Costs" },
  route_expression_limit: { href: "#/routes", text: "Routes" },
  route_loop: { href: "#/routes", text: "Routes" },
};

/** The page of the console where a person acts on an alert; null for one without. */
export function pageOf({ kind, connection, subject }: Pick<Alert, "kind" | "connection" | "subject">): PageLink | null {
  const target = connection;
  // The subject of these is the route.
  if (kind === "dead_letter" || kind === "delivery_review")
    return { href: addressOf("deliveries", { state: "dead_letter", route: subject, target }), text: "Dead letters" };
  if (kind === "queue_growing" || kind === "monthly_cap")
    return { href: addressOf("deliveries", { state: "waiting", target }), text: "Waiting deliveries" };
  const page = pages[kind];
  if (page) return page;
  return connection === "" ? null : { href: `#/connections/${encodeURIComponent(connection)}`, text: "Connection" };
}

const severities: readonly Alert["severity"][] = ["critical", "warning", "info"];

/** Alerts of one connection together, those with the gravest alert first. The alerts of the tenant itself have the name "". */
export function byConnection<T extends Pick<Alert, "connection" | "severity">>(
  alerts: readonly T[],
): [connection: string, alerts: T[]][] {
  const rank = (group: readonly T[]): number => Math.min(...group.map(({ severity }) => severities.indexOf(severity)));
  return [...Map.groupBy(alerts, ({ connection }) => connection)].sort(([, a], [, b]) => rank(a) - rank(b));
}
