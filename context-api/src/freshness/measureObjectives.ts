import { type FreshnessCount, firstFreshnessCount, sumFreshnessCounts } from "../store/tables/freshnessCounts.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import { secondsOf } from "./ageBounds.ts";
import { type Attainment, attainmentOf, budgetLeft, burnRate, reachableRate } from "./attainment.ts";
import { longSpan, windowOf } from "./buckets.ts";
import type { Objective } from "./objectives.ts";

/** Sums of the counts of one object. */
type Counts = Omit<FreshnessCount, "span" | "at">[];

export interface MeasuredObjective extends Objective, Attainment {
  budgetLeft: number | null;
  /** By window; null where nothing was measured. */
  burnRates: Record<BurnWindow, number | null>;
  /** Of the whole window, for causes and ages. */
  counts: Counts;
  isBurningFast: boolean;
  isBurningSlowly: boolean;
}

const burnMinutes = { fiveMinutes: 5, hour: 60, sixHours: 360, threeDays: 4_320 } as const;
export type BurnWindow = keyof typeof burnMinutes | "window";

/** Fast enough to use the budget of a month in two days. */
const fastRate = 14.4;
const sixHourRate = 6;
/** Uses the budget up before the window ends. */
const threeDayRate = 1;
/** A rate of fewer minutes and facts is an accident. */
const minEvidence = { fast: 15, slow: 60, days: 1_440 };
const dayMinutes = 1_440;

export interface FreshnessMeasurement {
  /** The first hour that was measured, epoch ms; null before it. */
  since: number | null;
  objectives: MeasuredObjective[];
}

/** What objectives attain now. @param now epoch ms */
export async function measureObjectives(
  store: TenantStore,
  objectives: readonly Objective[],
  now: number,
): Promise<FreshnessMeasurement> {
  const lengths = new Set([...Object.values(burnMinutes), ...objectives.map(({ windowDays }) => windowDays * dayMinutes)]);
  const sums = new Map<number, Map<string, Counts>>();
  for (const minutes of lengths) {
    const rows = await sumFreshnessCounts(store, windowOf(now, minutes));
    sums.set(
      minutes,
      Map.groupBy(rows, (row) => nameOf(row.connection, row.object)),
    );
  }
  const measurement = objectives.map((objective) =>
    measureObjective(objective, (minutes) => sums.get(minutes)?.get(nameOf(objective.connection, objective.data)) ?? []),
  );
  return { since: await firstFreshnessCount(store, longSpan), objectives: measurement };
}

const nameOf = (connection: string, object: string): string => `${connection}\n${object}`;

/** @param countsOf the counts of the last minutes */
export function measureObjective(objective: Objective, countsOf: (minutes: number) => Counts): MeasuredObjective {
  const { share } = objective;
  const limit = secondsOf(objective.youngerThan);
  const counts = countsOf(objective.windowDays * dayMinutes);
  const wholeWindow = attainmentOf(counts, limit);
  const parts = Object.fromEntries(
    Object.entries(burnMinutes).map(([name, minutes]) => [name, attainmentOf(countsOf(minutes), limit)]),
  ) as Record<keyof typeof burnMinutes, Attainment>;
  const rates = Object.fromEntries(
    Object.entries(parts).map(([name, { attainment }]) => [name, burnRate(attainment, share)]),
  ) as Record<keyof typeof burnMinutes, number | null>;
  // A stop of Sidelight used budget, and nothing of it is left to repair when it runs again.
  const isAbove = (name: keyof typeof burnMinutes, rate: number, evidence: number): boolean => {
    const runningMinutes = countsOf(burnMinutes[name]).filter(({ cause }) => cause !== "not_running");
    const { facts, minutes, attainment } = attainmentOf(runningMinutes, limit);
    return Math.max(facts.total, minutes.total) >= evidence && (burnRate(attainment, share) ?? 0) >= reachableRate(rate, share);
  };
  return {
    ...objective,
    ...wholeWindow,
    counts,
    budgetLeft: budgetLeft(wholeWindow.attainment, share),
    burnRates: { ...rates, window: burnRate(wholeWindow.attainment, share) },
    isBurningFast: isAbove("hour", fastRate, minEvidence.fast) && isAbove("fiveMinutes", fastRate, 1),
    isBurningSlowly: isAbove("sixHours", sixHourRate, minEvidence.slow) || isAbove("threeDays", threeDayRate, minEvidence.days),
  };
}
