import type { CircuitStatus } from "../../../connections/circuits.ts";
import type { Connection } from "../../../connections/connections.ts";
import type { AlertFinding, AlertRule } from "./rule.ts";

/** One alert for each group of calls that a platform does not serve: reads, all pulls, writes. */
export const circuitOpen: AlertRule = {
  kind: "circuit_open",
  comesAndGoes: true,
  nextAction:
    "Check the status of the platform. Sidelight probes it and recovers. Probe on the first screen of the console tries at once.",
  find: async ({ served: { tenant } }) => tenant.connections.flatMap(findingsOf),
};

const groups = ["read", "pull", "write"] as const;

function findingsOf({ id, platform, circuits }: Connection): AlertFinding[] {
  const statuses = circuits.list();
  return groups.flatMap((group) => {
    const members = statuses.filter(({ kind }) => kind === group || kind.startsWith(`${group}.`));
    const open = members.filter(isOutage);
    const [first] = open;
    if (!first?.failure || (group === "pull" && !isPullOutage(members))) return [];
    const { message: cause, nextAction } = first.failure;
    const message = `${platform.label} does not serve ${words[group](open)}: ${cause} They are paused and probed.`;
    const since = Math.min(...open.flatMap((circuit) => circuit.since ?? []));
    const count = open.reduce((sum, { failures }) => sum + failures, 0);
    return [{ severity: "critical", connection: id, subject: group, message, cause, nextAction, since, count }];
  });
}

const words = {
  read: () => "reads",
  pull: () => "pulls",
  write: (open: CircuitStatus[]) => `the actions ${open.map(({ kind }) => kind.slice("write.".length)).join(", ")}`,
};

/** True when no stream works, as far as they were tried. A stream that fails alone is reported as such. */
export function isPullOutage(pulls: readonly CircuitStatus[]): boolean {
  const open = pulls.filter(isOutage);
  if (open.length === 0 || open.length < Math.min(2, pulls.length)) return false;
  const since = Math.min(...open.flatMap((circuit) => circuit.since ?? []));
  return pulls.every(({ state, lastSuccessAt }) => state !== "closed" || (lastSuccessAt ?? 0) < since);
}

/** A refused sign-in has its own alert. */
const isOutage = ({ state, failure }: CircuitStatus): boolean => state !== "closed" && failure?.code !== "invalid_credentials";
