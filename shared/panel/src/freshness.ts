import type { SectionProblem, SectionState } from "@sidelight/contracts/context/sections.ts";
import { ageText, agoText } from "./format.ts";
import { type AnySection, type Scope, sourceName } from "./scope.ts";
import type { HeaderView, IconName, SectionView, Tone } from "./view.ts";

const sectionStates: ReadonlySet<string> = new Set<SectionState>([
  "ok",
  "pending",
  "stale",
  "partial",
  "error",
  "forbidden",
  "consent_withheld",
  "not_connected",
  "empty",
]);

/** The section's state as of now: `ok` becomes `stale` with time, and an unknown state is an error. */
export function stateOf(section: AnySection, now: number): SectionState {
  if (!sectionStates.has(section.state)) return "error";
  const staleAt = instant(section.staleAt);
  return section.state === "ok" && staleAt !== null && now >= staleAt ? "stale" : section.state;
}

/** True for states whose values must not be shown, even if an answer contains them. */
export function withholdsData(state: SectionState): boolean {
  return state === "forbidden" || state === "consent_withheld" || state === "not_connected";
}

export function isOld(state: SectionState): boolean {
  return state === "stale" || state === "error";
}

/**
 * Why the source cannot be reached, or null. That is another fact than the age of the values, so it exists in any state. One late
 * answer is no outage: it counts once the values are old, or if there are none.
 */
export function failureOf(section: AnySection, state: SectionState): SectionProblem | null {
  const { problem } = section;
  if (!problem || withholdsData(state) || state === "pending") return null;
  return problem.code === "timeout" && (state === "ok" || state === "empty") ? null : problem;
}

/** True for values that are old, and for those of a source that cannot be reached. */
export const isDoubtful = (section: AnySection, state: SectionState): boolean =>
  isOld(state) || failureOf(section, state) !== null;

const isCurrent = (section: AnySection, state: SectionState): boolean =>
  (state === "ok" || state === "empty") && failureOf(section, state) === null;

export function statusOf({ t, now }: Scope, section: AnySection, state: SectionState, updating: boolean): SectionView["status"] {
  if (updating && !withholdsData(state)) return status(t("section.updating"), "loading", "muted");
  const observedAt = instant(section.observedAt);
  const ageMs = observedAt === null ? null : now - observedAt;
  const age = ageMs === null ? null : ageText(t, ageMs);
  if (failureOf(section, state)) {
    return status(
      age === null ? t("status.error") : t("status.error_age", { age }),
      "alert",
      state === "error" ? "danger" : "warning",
    );
  }
  switch (state) {
    case "ok": {
      const fresh = now < (instant(section.freshUntil) ?? Number.POSITIVE_INFINITY);
      const text = ageMs === null ? t("status.current") : t("status.ok", { ago: agoText(t, ageMs) });
      return status(text, fresh ? "check" : "clock", "muted");
    }
    case "stale":
      return status(age === null ? t("status.stale_unknown") : t("status.stale", { age }), "clock", "warning");
    case "partial":
      return status(age === null ? t("status.partial_unknown") : t("status.partial", { age }), "alert", "warning");
    case "error":
      return status(age === null ? t("status.error") : t("status.error_age", { age }), "alert", "danger");
    case "pending":
      return status(t("status.pending"), "loading", "muted");
    case "forbidden":
      return status(t("status.forbidden"), "lock", "muted");
    case "consent_withheld":
      return status(t("status.consent_withheld"), "eye_off", "muted");
    case "not_connected":
      return status(t("status.not_connected"), "plug", "muted");
    case "empty":
      return status(t("status.empty"), "dash", "muted");
  }
}

const status = (text: string, icon: IconName, tone: Tone): SectionView["status"] => ({ text, icon, tone });

/** The platforms that can be relied on now, by name. */
export function currentSources({ context, now, t }: Scope): string[] {
  const names = (["account", "support", "product"] as const).flatMap((name) => {
    const section = context?.sections[name];
    return section && isCurrent(section, stateOf(section, now)) ? [sourceName(t, section.source)] : [];
  });
  return [...new Set(names)];
}

/** "2 of 3 sources current": of the platforms that are connected and may be shown. */
export function freshnessOf(scope: Scope): HeaderView["freshness"] {
  const { t, now, context } = scope;
  const worst = new Map<string, { isCurrent: boolean; text: string }>();
  for (const name of ["account", "support", "product"] as const) {
    const section = context?.sections[name];
    if (!section?.source) continue;
    const state = stateOf(section, now);
    if (withholdsData(state)) continue;
    const isReliable = isCurrent(section, state);
    if (worst.get(section.source)?.isCurrent === false) continue;
    worst.set(section.source, { isCurrent: isReliable, text: statusOf(scope, section, state, false).text });
  }
  const total = worst.size;
  const current = [...worst.values()].filter((source) => source.isCurrent).length;
  const sources = [...worst].map(([source, { text }]) => ({
    key: source,
    text: t("freshness.source", { source: sourceName(t, source), status: text }),
  }));
  if (total === 0) return { text: t("freshness.none"), icon: "plug", tone: "muted", sources };
  const isComplete = current === total;
  const text = t.plural("freshness.sources", total, { current });
  return { text, icon: isComplete ? "check" : "clock", tone: isComplete ? "muted" : "warning", sources };
}

/** Epoch ms, or null for what is no instant. */
export function instant(text: string | null | undefined): number | null {
  if (!text) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
