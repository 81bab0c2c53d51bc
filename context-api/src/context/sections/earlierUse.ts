import type { ProductData } from "@sidelight/contracts/context/sections.ts";
import { addDays, calendarDays, daysBetween } from "@sidelight/model/calendar.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { HealthInputs } from "../../signals/health.ts";
import { shareDone, trendOf, windowDays } from "./useTrend.ts";

/** The use of a customer as it is stored now, of everyone who is counted. */
export interface StoredUse {
  data: ProductData;
  usage: readonly StoredRecord<"usage">[];
  /** The first day on which a person is known to have used the product; undefined when there is none. */
  firstDay: string | undefined;
  timeZone: string;
}

/** Sessions of everyone by calendar day, and the days with any event, oldest first. */
interface UseByDay {
  sessions: ReadonlyMap<string, number>;
  activeDays: readonly string[];
}

/**
 * What the stored days of use say of earlier instants. A day whose comparison needs days before the first stored one has no inputs,
 * and so have all days of a company with people who are not counted: what they did is left out of the stored days.
 */
export function earlierUseInputs(
  { data, usage, firstDay, timeZone }: StoredUse,
  instants: readonly number[],
): Partial<HealthInputs>[] {
  if (data.notCounted) return instants.map(() => ({ missing: { usage_trend: "not_counted" } }));
  const use = useByDay(usage);
  const dayOf = calendarDays(timeZone);
  const firstDays = firstDayOfSteps(usage, dayOf);
  return instants.map((instant) => {
    const today = dayOf(instant);
    const days = Array.from({ length: windowDays }, (_, i) => addDays(today, i - windowDays + 1));
    if (!isCounted(days, firstDay, use)) return { missing: { usage_trend: "history_not_stored" } };
    const daily = days.map((day) => use.sessions.get(day) ?? 0);
    const lastActive = use.activeDays.findLast((day) => day <= today);
    return {
      usageTrend: trendOf(daily, firstDay, days),
      daysSinceActive: lastActive === undefined ? null : daysBetween(lastActive, today),
      onboardingDone: shareDone(stepsAt(data, firstDays, today)),
      missing: { last_active: "none_set", onboarding: "history_unknown" },
    };
  });
}

/** True when the days are stored, or the first use is among them. Before the first use there was no customer to rate. */
function isCounted(days: readonly string[], firstDay: string | undefined, { activeDays }: UseByDay): boolean {
  const [from = ""] = days;
  const to = days.at(-1) ?? "";
  const [firstStored] = activeDays;
  if (firstStored === undefined || firstDay === undefined || firstDay > to) return false;
  return firstStored <= from || firstDay >= firstStored;
}

function useByDay(usage: readonly StoredRecord<"usage">[]): UseByDay {
  const sessions = new Map<string, number>();
  const activeDays = new Set<string>();
  for (const { data } of usage) {
    for (const day in data.days) {
      const counts = data.days[day];
      if (!counts) continue;
      sessions.set(day, (sessions.get(day) ?? 0) + counts.sessions);
      if (counts.events > 0) activeDays.add(day);
    }
  }
  return { sessions, activeDays: [...activeDays].sort() };
}

function firstDayOfSteps(usage: readonly StoredRecord<"usage">[], dayOf: (ms: number) => string): ReadonlyMap<string, string> {
  const firstDays = new Map<string, string>();
  for (const { data } of usage) {
    for (const [step, instant] of Object.entries(data.funnel)) {
      const day = dayOf(Date.parse(instant));
      const first = firstDays.get(step);
      if (first === undefined || day < first) firstDays.set(step, day);
    }
  }
  return firstDays;
}

/** The steps that were done by a day. A step without a time, which a profile or a cohort confirms, counts as done before. */
function stepsAt(
  { funnel }: ProductData,
  firstDays: ReadonlyMap<string, string>,
  today: string,
): NonNullable<ProductData["funnel"]>["steps"] {
  const isLater = (name: string): boolean => (firstDays.get(name) ?? "") > today;
  return (funnel?.steps ?? []).map((step) => (step.done && isLater(step.name) ? { ...step, done: false } : step));
}
