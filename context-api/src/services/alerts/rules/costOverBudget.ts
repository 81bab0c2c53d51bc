import { type Budget, type MeasuredCosts, measureCosts } from "../../../costs/measureCosts.ts";
import type { AlertFinding, AlertRule, AlertSource } from "./rule.ts";

/** What a month costs exceeds a budget: already, or by the forecast. One alert for each budget. */
export const costOverBudget: AlertRule = {
  kind: "cost_over_budget",
  nextAction:
    "Costs in the console shows what uses most. Pull less often, cache longer, switch off routes, or raise costs.monthlyBudget.",
  async find(source) {
    const { costs } = source.served.tenant.config;
    const hasBudget =
      costs.monthlyBudget !== undefined || Object.values(costs.connections).some((c) => c.monthlyBudget !== undefined);
    if (!hasBudget) return [];
    const { totals, connections } = await measured(source);
    const amounts = [
      ...totals.map(({ currency, amount, ...rest }) => ({ connection: "", subject: currency, currency, total: amount, ...rest })),
      ...connections.flatMap(({ connection: { id }, amount }) => (amount ? [{ connection: id, subject: "", ...amount }] : [])),
    ];
    return amounts.flatMap((amount) => findingOf(amount, source.now));
  },
};

interface BudgetedAmount extends Budget {
  connection: string;
  subject: string;
  currency: string;
  total: number;
  forecast: number;
}

function findingOf(
  { connection, subject, currency, total, forecast, budget, state }: BudgetedAmount,
  now: number,
): AlertFinding[] {
  if (budget === null || state === "within" || state === "no_budget") return [];
  const place = connection === "" ? "this month" : `${connection} this month`;
  // Without the present amounts, which change with every call.
  const cause =
    state === "exceeded"
      ? `The costs of ${place} are above the budget of ${budget} ${currency}.`
      : `The costs of ${place} will be about ${steps(forecast, budget)} % above the budget of ${budget} ${currency}.`;
  const severity = state === "exceeded" && total > budget ? "critical" : "warning";
  return [{ severity, connection, subject, message: cause, cause, since: now, count: 1 }];
}

/** In steps of 10 %, so that the text of an open alert does not change with every evaluation. */
const steps = (forecast: number, budget: number): number =>
  budget === 0 ? 100 : Math.max(10, Math.round((forecast / budget - 1) * 10) * 10);

const maxAgeMs = 5 * 60_000;
const measurements = new WeakMap<AlertSource["served"]["tenant"], { at: number; costs: Promise<MeasuredCosts> }>();

/** It reads the totals of a month, so not with each evaluation. */
function measured({ served: { tenant }, now }: AlertSource): Promise<MeasuredCosts> {
  const last = measurements.get(tenant);
  if (last && now >= last.at && now - last.at < maxAgeMs) return last.costs;
  const { log, connections, config } = tenant;
  const costs = measureCosts({ store: log.store, connections, costs: config.costs, timeZone: config.timeZone, now });
  // The next evaluation measures again after a failure.
  costs.catch(() => measurements.delete(tenant));
  measurements.set(tenant, { at: now, costs });
  return costs;
}
