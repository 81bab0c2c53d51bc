import type { ProductData } from "@sidelight/contracts/context/sections.ts";
import { type HealthInputs, type HealthKey, trendGoodness } from "../../signals/health.ts";

/** The counted use of a company in the days that the trend compares. */
export interface CountedUse {
  /** Sessions of everyone in the earlier and the later half of the days. */
  halves: readonly [number, number];
  /** The most sessions of one person in a half. */
  maxOfPerson: number;
}

/** A person who is not counted may have used the product this often as much as the most active of the others. */
const maxActivity = 3;
/** At least this much in half of the days: three sessions a day. */
const minSessions = 45;

export const trendBetween = (earlier: number, later: number): "rising" | "falling" | "steady" =>
  later > earlier * 1.25 ? "rising" : later < earlier * 0.75 ? "falling" : "steady";

/**
 * Inputs of a company's health that the people who are not counted could lower, with the reason. They are withheld: the score would
 * rise when a person who stopped to use the product opts out.
 */
export function inputsInDoubt(data: ProductData, readCountedUse: () => CountedUse): HealthInputs["missing"] {
  const uncountedPeople = data.notCounted ?? 0;
  if (uncountedPeople === 0) return {};
  const { halves, maxOfPerson } = readCountedUse();
  const [earlier, later] = halves;
  const sessionsOfUncounted = uncountedPeople * Math.max(minSessions, maxActivity * maxOfPerson);
  const couldBeWorse =
    trendGoodness[trendBetween(earlier + sessionsOfUncounted, later)] < trendGoodness[data.trend ?? "inactive"];
  const isOnboarded = data.funnel === null || data.funnel.steps.at(-1)?.done === true;
  const doubts: Partial<Record<HealthKey, boolean>> = {
    usage_trend: couldBeWorse,
    last_active: data.lastActiveAt === null,
    onboarding: !isOnboarded,
  };
  const keys = Object.entries(doubts).flatMap(([key, isInDoubt]) => (isInDoubt ? [key as HealthKey] : []));
  return Object.fromEntries(keys.map((key) => [key, "not_counted"]));
}
