import { baseScore, pointsPerWeight, slope, ticketGoodness } from "@sidelight/contracts/context/healthPoints.ts";
import { factReasons } from "@sidelight/contracts/context/missingInputs.ts";
import type { HealthData } from "@sidelight/contracts/context/sections.ts";

/** Inputs of the score. A null input is missing, and `missing` names the reason. */
export interface HealthInputs {
  usageTrend: "rising" | "steady" | "falling" | "new" | "inactive" | null;
  /** Calendar days since the last use; 0 is today. */
  daysSinceActive: number | null;
  csat: { good: number; bad: number; days?: number } | null;
  openTickets: number | null;
  urgentTickets: number | null;
  /** Calendar days; negative when the renewal is overdue. */
  daysToRenewal: number | null;
  onboardingDone: number | null;
  missing: Partial<Record<HealthKey, string>>;
}

export const noHealthInputs: HealthInputs = {
  usageTrend: null,
  daysSinceActive: null,
  csat: null,
  openTickets: null,
  urgentTickets: null,
  daysToRenewal: null,
  onboardingDone: null,
  missing: {},
};

export type HealthKey = "usage_trend" | "last_active" | "csat" | "open_tickets" | "urgent_tickets" | "renewal" | "onboarding";

interface Reading {
  value: number | string;
  goodness: number;
  cap?: number | null;
  /** Length of the period that the value is about; left out for a value of now. */
  days?: number | undefined;
}

interface Driver {
  key: HealthKey;
  weight: number;
  link: string;
  /** The value to show, how good it is from −1 to 1, and the highest score that it allows. */
  read(inputs: HealthInputs): Reading | null;
}

/** The usage trend compares this many days with as many before. */
const usageTrendDays = 15;
const goodFrom = 65;
const watchFrom = 40;
/** The highest scores of the lower two bands. */
const belowGood = goodFrom - 1;
const belowWatch = watchFrom - 1;

/**
 * The complete rule. Weights add up to 1, and each input is rated from −1 (bad) to 1 (good): the score is 50 plus 50 × weight × rating
 * of each. A missing input adds nothing, and its weight is not given to the others. Some inputs limit the score, whatever the others
 * are.
 */
export const drivers: readonly Driver[] = [
  {
    key: "usage_trend",
    weight: 0.25,
    link: "#product",
    read: ({ usageTrend: t }) => (t === null ? null : { value: t, goodness: trendGoodness[t], days: usageTrendDays }),
  },
  {
    key: "last_active",
    weight: 0.15,
    link: "#product",
    read: ({ daysSinceActive: d }) => (d === null ? null : { value: d, goodness: slope(d, 2, 30), cap: absenceCap(d) }),
  },
  { key: "csat", weight: 0.15, link: "#support", read: ({ csat }) => csatGoodness(csat) },
  {
    key: "open_tickets",
    weight: 0.15,
    link: "#support",
    read: ({ openTickets: n }) => (n === null ? null : { value: n, goodness: ticketGoodness.open_tickets(n) }),
  },
  {
    key: "urgent_tickets",
    weight: 0.1,
    link: "#support",
    read: ({ urgentTickets: n }) => (n === null ? null : { value: n, goodness: ticketGoodness.urgent_tickets(n) }),
  },
  {
    key: "renewal",
    weight: 0.1,
    link: "#account",
    read: ({ daysToRenewal: d }) => (d === null ? null : { value: d, goodness: renewalGoodness(d), cap: overdueCap(d) }),
  },
  {
    key: "onboarding",
    weight: 0.1,
    link: "#product",
    read: ({ onboardingDone: share }) => (share === null ? null : { value: share, goodness: share * 2 - 1 }),
  },
];

/** How good a trend is, from −1 to 1. */
export const trendGoodness = { rising: 1, steady: 0.4, new: 0.2, falling: -0.8, inactive: -1 } as const;
/** Above this share of missing weight the score is provisional, and above the second one there is no score. */
const provisionalAbove = 0.2;
const noScoreAbove = 0.5;

/** A customer who has been away for a month is not doing well, and after two months may be gone. */
const absenceCap = (days: number): number | null => (days >= 60 ? belowWatch : days >= 30 ? belowGood : null);

/** Paperwork takes a few days. A contract that is two weeks overdue may be lost. */
const overdueCap = (days: number): number | null => (days <= -14 ? belowWatch : days < 0 ? belowGood : null);

/** What the inputs of one moment give. The trend needs the scores of earlier ones. */
export type HealthScore = Omit<HealthData, "trend" | "history">;

/** The score with its drivers: those that limit it first, then by size of their points. */
export function health(inputs: HealthInputs): HealthScore {
  const readings = drivers.map((driver) => ({ driver, input: driver.read(inputs) }));
  const present = readings.flatMap(({ driver, input }) => (input === null ? [] : [{ driver, input }]));
  const missingInputs = readings
    .filter((r) => r.input === null)
    .map(({ driver }) => ({ key: driver.key, weight: driver.weight, reason: inputs.missing[driver.key] ?? "unknown" }));
  const missingWeight = missingInputs.reduce((total, { weight }) => total + weight, 0);
  const weightedDrivers = present
    .map(({ driver, input }) => ({
      key: driver.key,
      weight: driver.weight,
      value: input.value,
      points: roundTo(pointsPerWeight * input.goodness * driver.weight, 1),
      cap: input.cap ?? null,
      days: input.days ?? null,
      link: driver.link,
    }))
    .sort(byImportance);
  const result = { base: baseScore, drivers: weightedDrivers, missing: missingInputs };
  const isHidden = missingInputs.some(({ reason }) => !factReasons.includes(reason));
  if (isHidden || missingWeight > noScoreAbove + 1e-9) return { ...result, score: null, band: null, provisional: true };
  const caps = weightedDrivers.flatMap(({ cap }) => (cap === null ? [] : [cap]));
  const points = weightedDrivers.reduce((total, d) => total + d.points, 0);
  const score = Math.min(100, ...caps, Math.max(0, Math.round(baseScore + points)));
  return { ...result, score, band: bandOf(score), provisional: missingWeight > provisionalAbove + 1e-9 };
}

const bandOf = (score: number): HealthScore["band"] => (score >= goodFrom ? "good" : score >= watchFrom ? "watch" : "at_risk");

type DriverResult = HealthScore["drivers"][number];

const byImportance = (a: DriverResult, b: DriverResult): number =>
  (a.cap ?? 101) - (b.cap ?? 101) || Math.abs(b.points) - Math.abs(a.points) || a.key.localeCompare(b.key);

function csatGoodness(csat: HealthInputs["csat"]) {
  if (csat === null || csat.good + csat.bad === 0) return null;
  const share = csat.good / (csat.good + csat.bad);
  // A share of half or less rates −1. Fewer than three ratings count for less.
  const certainty = Math.min(1, (csat.good + csat.bad) / 3);
  return { value: roundTo(share, 4), goodness: Math.max(-1, (share - 0.75) * 4) * certainty, days: csat.days };
}

function renewalGoodness(days: number): number {
  if (days < 0) return -1;
  return days <= 30 ? -0.6 : days <= 90 ? -0.2 : 0.5;
}

const roundTo = (value: number, digits: number): number => Number(value.toFixed(digits));
