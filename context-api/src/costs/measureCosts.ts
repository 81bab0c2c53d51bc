import { type Month, monthOf } from "@sidelight/model/month.ts";
import type { ConnectionCosts, CostsConfig } from "../config/costs.ts";
import type { Connection } from "../connections/connections.ts";
import {
  type CallSum,
  firstTotalHour,
  type HourRange,
  hourOf,
  sumCallTotals,
  sumUsageTotals,
  type UsageTotal,
} from "../store/tables/usageTotals.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import { forecastUnits, monthlyCost, roundAmount, variableCost } from "./price.ts";

export type BudgetState = "within" | "will_exceed" | "exceeded" | "no_budget";
type UsageSum = Omit<UsageTotal, "hour">;

const dayMs = 86_400_000;
/** The pace of the forecast is that of the last days. */
const paceMs = 7 * dayMs;

export interface Budget {
  budget: number | null;
  state: BudgetState;
}

export interface MeasuredAmount extends Budget {
  currency: string;
  fee: number;
  variable: number;
  total: number;
  forecast: number;
}

export interface MeasuredConnection {
  connection: Connection;
  unit: ConnectionCosts["unit"];
  plan: string | null;
  calls: number;
  failedCalls: number;
  unansweredCalls: number;
  events: number;
  units: number;
  forecastUnits: number;
  included: number | null;
  /** Null without prices. */
  amount: MeasuredAmount | null;
}

export interface CurrencyTotal extends Budget {
  currency: string;
  amount: number;
  forecast: number;
}

export interface MeasuredCosts {
  month: Month;
  /** The first hour with totals, epoch ms. */
  since: number | null;
  connections: MeasuredConnection[];
  totals: CurrencyTotal[];
  calls: CallSum[];
  usage: UsageSum[];
}

export interface CostsSource {
  store: TenantStore;
  connections: readonly Connection[];
  costs: CostsConfig;
  timeZone: string;
  /** Epoch ms. */
  now: number;
  /** An instant in the month; now when left out. */
  at?: number;
}

/** What a month has cost so far, and will have cost at its end. */
export async function measureCosts({ store, connections, costs, timeZone, now, at = now }: CostsSource): Promise<MeasuredCosts> {
  const month = monthOf(at, timeZone);
  const range = { from: hourOf(month.startsAt), to: hourOf(month.endsAt) };
  const since = await firstTotalHour(store);
  const recentFrom = Math.max(hourOf(now) - paceMs, since ?? now);
  const recentRange = { from: recentFrom, to: now + 1 };
  const [calls, usage, recentCalls, recentUsage] = await Promise.all([
    sumCallTotals(store, range),
    sumUsageTotals(store, range),
    ...(month.endsAt > now ? recentSums(store, recentRange) : ([[], []] as const)),
  ]);
  // The first import says nothing about the pace of the next days.
  const recentMs = Math.max(dayMs, now - recentFrom);
  const remainingMs = month.endsAt - now;
  const measurement = connections.map((connection): MeasuredConnection => {
    const prices = costs.connections[connection.id];
    const unit = prices?.unit ?? "call";
    const counts = countsOf(connection, calls, usage);
    const usedUsage = unit === "call" ? counts.calls : counts.units;
    const recentCounts = countsOf(connection, recentCalls, recentUsage);
    const recent = unit === "call" ? recentCounts.calls : recentCounts.units;
    const forecast = Math.round(forecastUnits({ used: usedUsage, recent, recentMs, remainingMs }));
    const { units: _, ...shownItems } = counts;
    return {
      connection,
      unit,
      plan: prices?.plan ?? null,
      ...shownItems,
      units: usedUsage,
      forecastUnits: forecast,
      included: prices?.included ?? null,
      amount: prices ? amountOf(prices, costs, usedUsage, forecast) : null,
    };
  });
  return { month, since, connections: measurement, totals: totalsOf(measurement, costs), calls, usage };
}

const recentSums = (store: TenantStore, range: HourRange) => [sumCallTotals(store, range), sumUsageTotals(store, range)] as const;

/** No platform charges what it did not answer, or refused because of its rate limit. */
export const isCharged = ({ status_class }: Pick<CallSum, "status_class">): boolean =>
  status_class !== "none" && status_class !== "429";

const isFailure = ({ status_class }: CallSum): boolean => status_class === "4xx" || status_class === "5xx";

function countsOf({ id, connector }: Connection, calls: readonly CallSum[], usage: readonly UsageSum[]) {
  const ownCalls = calls.filter(({ connection }) => connection === id);
  const chargedCalls = ownCalls.filter(isCharged);
  const deliveries = usage.filter(({ kind, connection }) => kind === "delivery" && connection === id);
  const sumCalls = (list: readonly CallSum[]): number => list.reduce((sum, row) => sum + row.calls, 0);
  const sumEvents = (list: readonly UsageSum[]): number => list.reduce((sum, { events }) => sum + events, 0);
  return {
    calls: sumCalls(chargedCalls),
    failedCalls: sumCalls(chargedCalls.filter(isFailure)),
    unansweredCalls: sumCalls(ownCalls) - sumCalls(chargedCalls),
    events: sumEvents(deliveries),
    units: sumEvents(deliveries.filter(({ name }) => isMetered(connector, name))),
  };
}

/** Where a platform meters some of its actions, it charges the events of these; elsewhere of all. */
export function isMetered({ actions = {} }: Connection["connector"], name: string): boolean {
  const hasMetered = Object.values(actions).some((action) => action.isMetered);
  return !hasMetered || actions[name]?.isMetered === true;
}

function amountOf(prices: ConnectionCosts, costs: CostsConfig, units: number, forecastOfUnits: number): MeasuredAmount {
  const total = roundAmount(monthlyCost(prices, units));
  const forecast = roundAmount(monthlyCost(prices, forecastOfUnits));
  return {
    currency: prices.currency ?? costs.currency,
    fee: roundAmount(prices.monthlyFee),
    variable: roundAmount(variableCost(prices, units)),
    total,
    forecast,
    ...budgetOf(prices.monthlyBudget, total, forecast),
  };
}

function budgetOf(budget: number | undefined, amount: number, forecast: number): Budget {
  if (budget === undefined) return { budget: null, state: "no_budget" };
  if (amount > budget) return { budget, state: "exceeded" };
  return { budget, state: forecast > budget ? "will_exceed" : "within" };
}

/** Amounts of different currencies are never added. */
function totalsOf(connections: readonly MeasuredConnection[], costs: CostsConfig): CurrencyTotal[] {
  const amounts = Map.groupBy(
    connections.flatMap(({ amount }) => amount ?? []),
    ({ currency }) => currency,
  );
  return [...amounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, list]) => {
      const amount = roundAmount(list.reduce((sum, { total }) => sum + total, 0));
      const forecast = roundAmount(list.reduce((sum, part) => sum + part.forecast, 0));
      const budget = currency === costs.currency ? costs.monthlyBudget : undefined;
      return { currency, amount, forecast, ...budgetOf(budget, amount, forecast) };
    });
}
