import { HealthData } from "@sidelight/contracts/context/sections.ts";
import { type HealthInputs, health, noHealthInputs } from "../../signals/health.ts";
import { type ComposedSection, defineSection } from "./section.ts";

/** The score and its explanation. Computed from the facts of the other sections, so it never contradicts them. */
export const healthSection = defineSection<HealthData>({
  name: "health",
  order: 40,
  source: null,
  isComputed: true,
  schema: HealthData,
  view({ composed }) {
    const data = health(inputsFrom(composed));
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
  const inputsOfSections = composed.map(({ definition, input, section }) => definition.healthInputs?.(input, section) ?? {});
  const missingInputs = Object.assign({}, ...inputsOfSections.map((inputs) => inputs.missing ?? {}));
  return Object.assign({ ...noHealthInputs }, ...inputsOfSections, { missing: missingInputs });
}
