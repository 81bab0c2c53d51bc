import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { failureOf, instant, stateOf } from "./freshness.ts";
import { thresholdsOf } from "./layout.ts";
import { type AnySection, joinNames, type Scope, sourceName } from "./scope.ts";
import { accessHint, problemText, withheldName } from "./section.ts";
import { renewalWords } from "./sections/headlines.ts";
import type { BannerView, PanelState } from "./view.ts";

const bannerSections = ["account", "support", "product", "timeline", "notes"] as const;

/** At most one: ambiguous > forbidden > offline > consent > outage > renewal risk. */
export function bannerView(scope: Scope, state: PanelState): BannerView | null {
  if (state === "ambiguous") return ambiguous(scope);
  if (state !== "ready") return null;
  return forbidden(scope) ?? offline(scope) ?? consent(scope) ?? outage(scope) ?? renewalRisk(scope);
}

function ambiguous({ t, context }: Scope): BannerView {
  const text = t.plural("banner.ambiguous", context?.match.candidates.length ?? 0);
  return { kind: "ambiguous", tone: "warning", icon: "people", text, retry: null };
}

function forbidden(scope: Scope): BannerView | null {
  const names = inState(scope, "forbidden").map(({ name }) => scope.t(`section.${name}`));
  if (names.length === 0) return null;
  const text = scope.t("banner.forbidden", { names: joinNames(names, scope.options.locale), hint: accessHint(scope) });
  return { kind: "forbidden", tone: "neutral", icon: "lock", text, retry: null };
}

function offline({ t, f, context, options }: Scope): BannerView | null {
  if (!options.offline || !context) return null;
  return {
    kind: "offline",
    tone: "warning",
    icon: "offline",
    text: t("banner.offline", { when: f.moment(context.asOf) }),
    retry: null,
  };
}

function consent(scope: Scope): BannerView | null {
  const first = inState(scope, "consent_withheld")[0];
  if (!first) return null;
  const text = scope.t("banner.consent", { what: withheldName(scope.t, first.name) });
  return { kind: "consent", tone: "neutral", icon: "eye_off", text, retry: null };
}

function outage(scope: Scope): BannerView | null {
  const { t, f, options, context, now } = scope;
  const failures = bannerSections.flatMap((name) => {
    const section = context?.sections[name];
    const state = section && stateOf(section, now);
    return section?.source && state && (state === "error" || failureOf(section, state)) ? [{ name, section, state }] : [];
  });
  const bySource = new Map(failures.map((entry) => [entry.section.source, entry]));
  const [first] = [...bySource.values()];
  const tone = first && !failures.some(({ state }) => state === "error") ? "warning" : "danger";
  const base = { kind: "outage", tone, icon: "alert" } as const;
  if (first && bySource.size === 1) {
    const isWaiting = (instant(first.section.problem?.retryAt) ?? 0) > now;
    return {
      ...base,
      text: problemText(scope, failures[0]?.section ?? first.section),
      retry: isWaiting ? null : (failures[0]?.name ?? "all"),
    };
  }
  if (first) {
    const names = joinNames(
      [...bySource.keys()].map((source) => sourceName(t, source)),
      options.locale,
    );
    return { ...base, text: t("banner.outage", { names }), retry: "all" };
  }
  const hasFailed = options.problem && options.problem.code !== "rate_limited";
  if (!hasFailed || !context) return null;
  return { ...base, text: t("banner.stale_answer", { when: f.moment(context.asOf) }), retry: "all" };
}

function renewalRisk(scope: Scope): BannerView | null {
  const { context, t, options } = scope;
  const account = context?.sections.account;
  const withheld = account?.state === "forbidden" || account?.state === "consent_withheld";
  const renewal = renewalWords(scope, withheld ? null : account?.data?.renewalDate);
  if (
    renewal.days === null ||
    renewal.days > thresholdsOf(options).renewalSoonDays ||
    context?.sections.health?.data?.band !== "at_risk"
  )
    return null;
  return { kind: "renewal", tone: "warning", icon: "calendar", text: t("banner.renewal", { when: renewal.text }), retry: null };
}

function inState({ context, now }: Scope, state: string): { name: SectionName; section: AnySection }[] {
  return bannerSections.flatMap((name) => {
    const section = context?.sections[name];
    return section && stateOf(section, now) === state ? [{ name, section }] : [];
  });
}
