import type { ProblemGroup } from "@sidelight/contracts/overview/overview.ts";
import type { AlertsTable } from "../../store/schema.ts";
import type { Severity } from "../../store/tables/alerts.ts";
import type { DeadLetterGroup } from "../../store/tables/deliveryFigures.ts";
import { groupOf, rankOf } from "../alerts/groups.ts";
import { nextActionOf } from "../alerts/rules/index.ts";
import { iso } from "../instant.ts";

interface ProblemInput {
  alerts: readonly AlertsTable[];
  deadLetters: readonly DeadLetterGroup[];
  /** Name of a connection's platform for people. */
  labelOf(connection: string): string;
}

/** Dead letters are groups of their own, because one button retries them. */
const deliveryKinds: ReadonlySet<string> = new Set(["dead_letter", "delivery_review"]);

/** Open problems, one group for each cause, the most severe first. */
export function problemGroups({ alerts, deadLetters, labelOf }: ProblemInput): ProblemGroup[] {
  const deliveryAlerts = alerts.filter(({ kind }) => deliveryKinds.has(kind));
  const otherAlerts = Map.groupBy(
    alerts.filter(({ kind }) => !deliveryKinds.has(kind)),
    groupOf,
  );
  const byCause = Map.groupBy(deadLetters, ({ target, cause, route }) => JSON.stringify([target, cause ?? `route ${route}`]));
  return [
    ...[...byCause.values()].map((groups) => deadLetterProblem(groups, deliveryAlerts, labelOf)),
    ...[...otherAlerts].map(([group, members]) => alertProblem(group, members)),
  ].sort((a, b) => rankOf(b.severity) - rankOf(a.severity) || b.count - a.count || (a.id < b.id ? -1 : 1));
}

function deadLetterProblem(
  groups: readonly DeadLetterGroup[],
  alerts: readonly AlertsTable[],
  labelOf: ProblemInput["labelOf"],
): ProblemGroup {
  const [{ target, cause, route } = { target: "", cause: null, route: "" }] = groups;
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const ownAlerts = alerts.filter(
    ({ connection, subject }) => connection === target && groups.some((group) => subject === group.route),
  );
  const routes = new Set(groups.map((group) => group.route));
  const deliveries = count === 1 ? "1 delivery" : `${count.toLocaleString("en-US")} deliveries`;
  return {
    id: `dead_letters ${target} ${cause ?? route}`,
    severity: severityOf(ownAlerts, "warning"),
    title: `${deliveries} to ${labelOf(target)} failed for good: ${causeWords(cause)}`,
    cause,
    connection: target,
    count,
    firstAt: iso(Math.min(...groups.map(({ firstAt }) => firstAt))),
    lastAt: iso(Math.max(...groups.map(({ lastAt }) => lastAt))),
    nextAction: `${causeActions[cause ?? ""] ?? "Read the cause of one of them, and fix it."} Then retry ${count === 1 ? "it" : "all"}.`,
    // Without a cause, only the route names them.
    retry: cause === null ? { source: target, ...(routes.size === 1 && { type: route }) } : { source: target, cause },
    alerts: ownAlerts.map(({ id }) => id),
  };
}

function alertProblem(group: string, alerts: readonly AlertsTable[]): ProblemGroup {
  const sorted = [...alerts].sort(
    (a, b) => rankOf(b.severity as Severity) - rankOf(a.severity as Severity) || a.opened_at - b.opened_at,
  );
  const [worst] = sorted as [AlertsTable, ...AlertsTable[]];
  const overrides = alerts.length === 1 ? "" : ` ${alerts.length - 1} more with the same cause.`;
  return {
    id: group,
    severity: worst.severity as Severity,
    title: `${worst.message}${overrides}`,
    cause: null,
    connection: worst.connection || null,
    count: alerts.reduce((sum, { count }) => sum + count, 0),
    firstAt: iso(Math.min(...alerts.map(({ since, opened_at }) => since ?? opened_at))),
    lastAt: null,
    nextAction: worst.next_action ?? nextActionOf(worst.kind),
    retry: null,
    alerts: sorted.map(({ id }) => id),
  };
}

const severityOf = (alerts: readonly AlertsTable[], standard: Severity): Severity =>
  alerts.reduce<Severity>(
    (highest, { severity }) => (rankOf(severity as Severity) > rankOf(highest) ? (severity as Severity) : highest),
    standard,
  );

const causes: Readonly<Record<string, [words: string, action: string]>> = {
  rejected: ["the platform rejected them", "Read why, and correct the transformer or the platform's rules."],
  not_found: ["the record does not exist", "Restore the record at the platform, or correct the route."],
  conflict: ["the record has another state", "Read what contradicts, and correct the record."],
  invalid_credentials: ["the sign-in was refused", "Renew the credentials of the connection."],
  rate_limited: ["the platform's limit was reached", "Raise the limit, or wait until it is free."],
  unavailable: ["the platform was not available", "Probe the connection until it answers."],
  misconfigured: ["the route or its action is misconfigured", "Correct the route in the configuration."],
  bug: ["a transformer or an action failed", "Read the log, and correct the transformer."],
  possible_duplicate: ["the record may exist already", "Decide in the review of deliveries whether to create it."],
};
const causeWords = (cause: string | null): string => causes[cause ?? ""]?.[0] ?? cause ?? "the cause is not known";
const causeActions: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(causes).map(([name, [, action]]) => [name, action]),
);
