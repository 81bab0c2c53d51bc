import { HealthData } from "@sidelight/contracts/context/sections.ts";
import { calendarDays } from "@sidelight/model/calendar.ts";
import { type HealthInputs, type HealthScore, health, noHealthInputs } from "../../signals/health.ts";
import { scoreTrend } from "../../signals/scoreTrend.ts";
import { type ComposedSection, defineSection } from "./section.ts";

/** The score and its explanation. Computed from the facts of the other sections, so it never contradicts them. */
export const healthSection = defineSection<HealthData>({
  name: "health",
  order: 40,
  source: null,
  isComputed: true,
  schema: HealthData,
  view({ composed, now }) {
    const current = health(inputsFrom(composed));
    const history = historyOf(composed, current, now);
    const data: HealthData = { ...current, trend: scoreTrend(history), ...(history.length > 0 && { history }) };
    const inputs = composed.filter(({ definition }) => definition.healthInputs);
    const observationTimes = inputs.flatMap(({ section }) =>
      section.observedAt === null ? [] : [Date.parse(section.observedAt)],
    );
    // Without any input there is nothing to explain.
    const isEmpty = data.drivers.length === 0 && data.missing.every(({ reason }) => reason === "empty");
    return {
      data: isEmpty ? null : data,
      changedAt: null,
      observedAt: observationTimes.length === 0 ? null : Math.min(...observationTimes),
      provenance: {},
      absent: {},
      links: [],
      state: isEmpty ? "empty" : "ok",
    };
  },
});

function inputsFrom(composed: readonly ComposedSection[]): HealthInputs {
  return merged(composed.map(({ definition, input, section }) => definition.healthInputs?.(input, section) ?? {}));
}

const weekMs = 7 * 86_400_000;
const earlierWeeks = 12;

/**
 * The score a week before each other, oldest first, with the present one last. Today's records give the earlier ones, so what a person
 * withdrew or had erased is in none of them. It begins where the stored records begin; empty while there is no present score, or
 * nothing to compare it with.
 */
function historyOf(composed: readonly ComposedSection[], current: HealthScore, now: number): NonNullable<HealthData["history"]> {
  if (current.score === null) return [];
  const instants = Array.from({ length: earlierWeeks }, (_, i) => now - (earlierWeeks - i) * weekMs);
  const inputsOfSections = composed.map(
    ({ definition, input, section }) => definition.earlierHealthInputs?.(input, section, instants) ?? [],
  );
  const scores = instants.map((_, i) => health(merged(inputsOfSections.map((inputs) => inputs[i] ?? {}))).score);
  const firstKnown = scores.lastIndexOf(null) + 1;
  const dayOf = calendarDays(composed[0]?.input.timeZone ?? "UTC");
  const earlier = instants.slice(firstKnown).map((instant, i) => ({ day: dayOf(instant), score: scores[firstKnown + i] ?? 0 }));
  return earlier.length === 0 ? [] : [...earlier, { day: dayOf(now), score: current.score }];
}

function merged(inputs: readonly Partial<HealthInputs>[]): HealthInputs {
  const missing = Object.assign({}, ...inputs.map((entry) => entry.missing ?? {}));
  return Object.assign({ ...noHealthInputs }, ...inputs, { missing });
}
