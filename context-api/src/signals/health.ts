import type { HealthData } from "@sidelight/contracts/context/sections.ts";

/** Inputs of the score. A null input is missing, and `missing` names the reason. */
export interface HealthInputs {
  usageTrend: "rising" | "steady" | "falling" | "new" | "inactive" | null;
  daysSinceActive: number | null;
  csat: { good: number; bad: number } | null;
  openTickets: number | null;
  urgentTickets: number | null;
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

interface Driver {
  key: HealthKey;
  weight: number;
  link: string;
  /** The value to show, and how good it is from −1 to 1. */
  read(inputs: HealthInputs): { value: number | string; goodness: number } | null;
}

/**
 * The complete rule: weights add up to 1, and each input is rated from −1 (bad) to 1 (good). Answers show it as the explanation.
 */
export const drivers: readonly Driver[] = [
  {
    key: "usage_trend",
    weight: 0.25,
    link: "#product",
    read: ({ usageTrend: t }) => (t === null ? null : { value: t, goodness: trendGoodness[t] }),
  },
  {
    key: "last_active",
    weight: 0.15,
    link: "#product",
    read: ({ daysSinceActive: d }) => (d === null ? null : { value: d, goodness: slope(d, 2, 30) }),
  },
  { key: "csat", weight: 0.15, link: "#support", read: ({ csat }) => csatGoodness(csat) },
  {
    key: "open_tickets",
    weight: 0.15,
    link: "#support",
    read: ({ openTickets: n }) => (n === null ? null : { value: n, goodness: slope(n, 0, 8) }),
  },
  {
    key: "urgent_tickets",
    weight: 0.1,
    link: "#support",
    read: ({ urgentTickets: n }) => (n === null ? null : { value: n, goodness: n === 0 ? 0.5 : -1 }),
  },
  {
    key: "renewal",
    weight: 0.1,
    link: "#account",
    read: ({ daysToRenewal: d }) => (d === null ? null : { value: d, goodness: renewalGoodness(d) }),
  },
  {
    key: "onboarding",
    weight: 0.1,
    link: "#product",
    read: ({ onboardingDone: share }) => (share === null ? null : { value: share, goodness: share * 2 - 1 }),
  },
];

const trendGoodness = { rising: 1, steady: 0.4, new: 0.2, falling: -0.8, inactive: -1 } as const;
/** Above this share of missing weight the score is provisional. */
const provisionalAbove = 0.2;

/** The score is 50 plus each driver's points. The weight of missing inputs is shared among the others. */
export function health(inputs: HealthInputs): HealthData {
  const readings = drivers.map((driver) => ({ driver, input: driver.read(inputs) }));
  const present = readings.flatMap(({ driver, input }) => (input === null ? [] : [{ driver, input }]));
  const weight = present.reduce((total, r) => total + r.driver.weight, 0);
  const missingInputs = readings
    .filter((r) => r.input === null)
    .map(({ driver }) => ({ key: driver.key, weight: driver.weight, reason: inputs.missing[driver.key] ?? "unknown" }));
  if (weight === 0) return { score: null, band: null, trend: null, drivers: [], missing: missingInputs, provisional: true };
  const weightedDrivers = present.map(({ driver, input }) => ({
    key: driver.key,
    weight: roundTo(driver.weight / weight, 4),
    value: input.value,
    points: roundTo((50 * input.goodness * driver.weight) / weight, 1),
    link: driver.link,
  }));
  const score = Math.max(0, Math.min(100, Math.round(50 + weightedDrivers.reduce((total, d) => total + d.points, 0))));
  return {
    score,
    band: score >= 65 ? "good" : score >= 40 ? "watch" : "at_risk",
    trend: trendOf(inputs),
    drivers: weightedDrivers.sort((a, b) => Math.abs(b.points) - Math.abs(a.points) || a.key.localeCompare(b.key)),
    missing: missingInputs,
    provisional: 1 - weight > provisionalAbove + 1e-9,
  };
}

function trendOf({ usageTrend }: HealthInputs): HealthData["trend"] {
  if (usageTrend === null) return null;
  if (usageTrend === "new") return "rising";
  return usageTrend === "inactive" ? "falling" : usageTrend;
}

/** 1 at `best` or better, −1 at `worst` or worse, linear in between. */
function slope(value: number, best: number, worst: number): number {
  const share = (value - best) / (worst - best);
  return 1 - 2 * Math.max(0, Math.min(1, share));
}

function csatGoodness(csat: HealthInputs["csat"]) {
  if (csat === null || csat.good + csat.bad === 0) return null;
  const share = csat.good / (csat.good + csat.bad);
  // A share of half or less rates −1. Fewer than three ratings count for less.
  const certainty = Math.min(1, (csat.good + csat.bad) / 3);
  return { value: roundTo(share, 4), goodness: Math.max(-1, (share - 0.75) * 4) * certainty };
}

function renewalGoodness(days: number): number {
  if (days < 0) return -1;
  return days <= 30 ? -0.6 : days <= 90 ? -0.2 : 0.5;
}

const roundTo = (value: number, digits: number): number => Number(value.toFixed(digits));
