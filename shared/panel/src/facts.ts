import type { SectionName, SectionState } from "@sidelight/contracts/context/sections.ts";
import { absence } from "./absent.ts";
import { ageText, agoText } from "./format.ts";
import { instant, isOld, stateOf } from "./freshness.ts";
import { absentText, absentTone } from "./parts.ts";
import { provenanceFor } from "./provenance.ts";
import type { AnySection, Scope } from "./scope.ts";
import { ownerText, renewalWords } from "./sections/account.ts";
import { openCount, priorityTone } from "./sections/support.ts";
import type { FactView, Tone } from "./view.ts";

interface FactInput<T> {
  key: FactView["key"];
  label: string;
  section: SectionName;
  pointer: string;
  value: T | null | undefined;
  text: (value: T) => string;
  detail?: string | undefined;
  tone?: Tone;
  /** Texts for a mapped but empty value, and for a section without data, where the general ones do not fit. */
  none?: string;
  empty?: string;
}

/** The six facts that an agent needs first: the account above, behavior below. */
export function factViews(scope: Scope): FactView[] {
  const { t, f, now, context } = scope;
  const sections = context?.sections;
  const account = readable(sections?.account, now);
  const support = readable(sections?.support, now);
  const product = readable(sections?.product, now);
  const renewal = renewalWords(scope, account?.renewalDate);
  const csat = support?.csat;
  const lastActive = instant(product?.lastActiveAt);
  const noAccount = t("absent.no_account");
  return [
    fact(scope, {
      key: "arr",
      label: t("fact.arr"),
      section: "account",
      pointer: "/arr",
      value: account?.arr,
      text: f.money,
      detail: account?.plan ?? undefined,
      empty: noAccount,
    }),
    fact(scope, {
      key: "renewal",
      label: t("fact.renewal"),
      section: "account",
      pointer: "/renewalDate",
      value: account?.renewalDate,
      text: f.day,
      detail: renewal.text,
      tone: renewal.tone,
      empty: noAccount,
    }),
    fact(scope, {
      key: "stage",
      label: t("fact.stage"),
      section: "account",
      pointer: "/stage",
      value: account?.stage,
      text: (stage) => stage,
      detail: account?.owner ? ownerText(scope, account.owner) : undefined,
      empty: noAccount,
    }),
    fact(scope, {
      key: "open_tickets",
      label: t("fact.open_tickets"),
      section: "support",
      pointer: "/open",
      value: support ? openCount(support) : null,
      text: f.number,
      detail: openDetail(scope, support),
      tone: priorityTone(support?.highestPriority ?? null),
      empty: f.number(0),
    }),
    fact(scope, {
      key: "csat",
      label: t("fact.csat", { days: csat?.days ?? 90 }),
      section: "support",
      pointer: "/csat",
      value: csat?.score,
      text: f.percent,
      detail: csat && csat.score !== null ? t.plural("fact.ratings", csat.good + csat.bad) : undefined,
      tone: csat && csat.score !== null && csat.score < 0.7 ? "warning" : "neutral",
      none: t("absent.no_ratings"),
      empty: t("absent.no_ratings"),
    }),
    fact(scope, {
      key: "last_active",
      label: t("fact.last_active"),
      section: "product",
      pointer: "/lastActiveAt",
      value: lastActive,
      text: (ms) => agoText(t, now - ms),
      detail: typeof product?.sessions30d === "number" ? t.plural("fact.sessions", product.sessions30d) : undefined,
      none: t("absent.no_activity"),
      empty: t("absent.no_activity"),
    }),
  ];
}

function fact<T>(scope: Scope, input: FactInput<T>): FactView {
  const section = scope.context?.sections[input.section] as AnySection | undefined;
  const state: SectionState = section ? stateOf(section, scope.now) : "pending";
  const loading = scope.context === null;
  const reason = loading ? "pending" : absence(section, state, input.pointer, input.value);
  const absent = reason ?? (input.value === null || input.value === undefined ? "none_set" : null);
  const text =
    absent === null
      ? input.text(input.value as T)
      : absent === "empty" && input.empty !== undefined
        ? input.empty
        : absentText(scope, absent, input.none);
  return {
    key: input.key,
    label: input.label,
    text,
    detail: (absent === null || absent === "none_set" ? input.detail : undefined) ?? "",
    tone: absent === null ? (input.tone ?? "neutral") : absentTone(absent),
    absent,
    stale: absent === null && isOld(state),
    section: input.section,
    provenance: provenanceFor(scope, section, input.pointer),
  };
}

/** The section's data unless it must not show. */
function readable<D>(section: { state: SectionState; data: D | null } | undefined, now: number): D | null {
  if (!section?.data) return null;
  const state = stateOf(section as unknown as AnySection, now);
  return state === "forbidden" || state === "consent_withheld" || state === "not_connected" ? null : section.data;
}

function openDetail(
  { t, now }: Scope,
  support: { highestPriority: string | null; oldestOpenAt: string | null } | null,
): string | undefined {
  const { highestPriority, oldestOpenAt } = support ?? {};
  if (highestPriority === "urgent" || highestPriority === "high") {
    return t("fact.highest", { priority: t(`priority.${highestPriority}`) });
  }
  const oldest = instant(oldestOpenAt);
  return oldest === null ? undefined : t("fact.oldest", { age: ageText(t, now - oldest) });
}
