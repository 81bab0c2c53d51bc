import type { SectionState } from "@sidelight/contracts/context/sections.ts";
import { ageText, agoText } from "./format.ts";
import { type AnySection, type Scope, sourceName } from "./scope.ts";
import type { HeaderView, IconName, SectionView, Tone } from "./view.ts";

const knownStates: ReadonlySet<string> = new Set<SectionState>([
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

/** The section's state as of now: time alone makes `ok` stale, and a state we don't know is an error. */
export function stateOf(section: AnySection, now: number): SectionState {
  if (!knownStates.has(section.state)) return "error";
  const staleAt = instant(section.staleAt);
  return section.state === "ok" && staleAt !== null && now >= staleAt ? "stale" : section.state;
}

/** Values of these states must not show, whatever a cache still holds. */
export function withholdsData(state: SectionState): boolean {
  return state === "forbidden" || state === "consent_withheld" || state === "not_connected";
}

export function isOld(state: SectionState): boolean {
  return state === "stale" || state === "error";
}

export function statusOf({ t, now }: Scope, section: AnySection, state: SectionState, updating: boolean): SectionView["status"] {
  if (updating && !withholdsData(state)) return status(t("section.updating"), "loading", "muted");
  const observedAt = instant(section.observedAt);
  const elapsed = observedAt === null ? null : now - observedAt;
  const age = elapsed === null ? null : ageText(t, elapsed);
  switch (state) {
    case "ok": {
      const fresh = now < (instant(section.freshUntil) ?? Number.POSITIVE_INFINITY);
      const text = elapsed === null ? t("status.current") : t("status.ok", { ago: agoText(t, elapsed) });
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

/** "2 of 3 sources current": counted over the platforms that should answer and may be shown. */
export function freshnessOf(scope: Scope): HeaderView["freshness"] {
  const { t, now, context } = scope;
  const worst = new Map<string, { current: boolean; text: string }>();
  for (const name of ["account", "support", "product"] as const) {
    const section = context?.sections[name];
    if (!section?.source) continue;
    const state = stateOf(section, now);
    if (withholdsData(state)) continue;
    const current = state === "ok" || state === "empty";
    if (worst.get(section.source)?.current === false) continue;
    worst.set(section.source, { current, text: statusOf(scope, section, state, false).text });
  }
  const total = worst.size;
  const current = [...worst.values()].filter((source) => source.current).length;
  const sources = [...worst].map(([source, { text }]) => ({
    key: source,
    text: t("freshness.source", { source: sourceName(t, source), status: text }),
  }));
  if (total === 0) return { text: t("freshness.none"), icon: "plug", tone: "muted", sources };
  const all = current === total;
  const text = t.plural("freshness.sources", total, { current });
  return { text, icon: all ? "check" : "clock", tone: all ? "muted" : "warning", sources };
}

export function instant(text: string | null | undefined): number | null {
  if (!text) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}
