import type { BurnWindow, MeasuredObjective } from "../../../freshness/measureObjectives.ts";
import { measureObjectives } from "../../../freshness/measureObjectives.ts";
import { objectivesOf } from "../../../freshness/objectives.ts";
import type { AlertFinding, AlertRule, AlertSource } from "./rule.ts";

const nextAction =
  "Freshness in the console shows what used the budget. Repair the connection, its webhooks or its schedule. If the target is too tight, change the objective.";

/** The budget of an objective is used so fast that little is left in a few hours. */
export const freshnessBurningFast: AlertRule = {
  kind: "freshness_burning_fast",
  comesAndGoes: true,
  nextAction,
  async find(source) {
    const objectives = await measured(source);
    return objectives
      .filter(({ isBurningFast }) => isBurningFast)
      .map((objective) => findingOf(objective, "critical", "hour", source.now));
  },
};

/** The budget of an objective is used up before its window ends. */
export const freshnessBurningSlow: AlertRule = {
  kind: "freshness_burning_slow",
  comesAndGoes: true,
  nextAction,
  async find(source) {
    const objectives = await measured(source);
    return objectives
      .filter(({ isBurningFast, isBurningSlowly }) => isBurningSlowly && !isBurningFast)
      .map((objective) =>
        findingOf(objective, "warning", (objective.burnRates.sixHours ?? 0) >= 1 ? "sixHours" : "threeDays", source.now),
      );
  },
};

const windowNames: Partial<Record<BurnWindow, string>> = { hour: "hour", sixHours: "6 hours", threeDays: "3 days" };

function findingOf(
  objective: MeasuredObjective,
  severity: "critical" | "warning",
  window: BurnWindow,
  now: number,
): AlertFinding {
  const { connection, data, youngerThan, share, windowDays, burnRates } = objective;
  // Rounded, so that the text of an open alert does not change with every evaluation.
  const percent = Math.round((burnRates[window] ?? 0) * (1 - share) * 10) * 10;
  const cause = `About ${percent} % of the last ${windowNames[window]} was older than ${youngerThan}; ${percentOf(1 - share)} are allowed.`;
  const message = `The data ${data} of ${connection} misses its freshness objective for ${windowDays} days: ${cause}`;
  return { severity, connection, subject: data, message, cause, since: now, count: 1 };
}

const percentOf = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

const maxAgeMs = 60_000;
const measurements = new WeakMap<AlertSource["served"]["tenant"], { at: number; objectives: Promise<MeasuredObjective[]> }>();

/** Minutes are counted, so a measurement of the last minute is current. Both rules share it. */
function measured({ served: { tenant }, now }: AlertSource): Promise<MeasuredObjective[]> {
  const last = measurements.get(tenant);
  if (last && now >= last.at && now - last.at < maxAgeMs) return last.objectives;
  const objectives = measureObjectives(tenant.log.store, objectivesOf(tenant.connections, tenant.config.objectives), now).then(
    (measurement) => measurement.objectives,
  );
  // The next evaluation measures again after a failure.
  objectives.catch(() => measurements.delete(tenant));
  measurements.set(tenant, { at: now, objectives });
  return objectives;
}
