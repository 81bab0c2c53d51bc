import { defaultCsatDays } from "@sidelight/contracts/context/csatDays.ts";
import type { AccountData, ProductData, SectionName, SectionState, SupportData } from "@sidelight/contracts/context/sections.ts";
import type { FactKey, LayoutField } from "@sidelight/contracts/sessions/layout.ts";
import { absence, isMasked } from "./absent.ts";
import { ageText, agoText } from "./format.ts";
import { instant, isDoubtful, stateOf } from "./freshness.ts";
import { factKeysOf, labelOf, thresholdsOf } from "./layout.ts";
import { fieldPointer, fieldText, fieldValue } from "./mappedFields.ts";
import { openCount, ownTicket, withoutTicket } from "./ownTicket.ts";
import { absentText, absentTone } from "./parts.ts";
import type { AnySection, Scope } from "./scope.ts";
import { ownerText, priorityTone, renewalWords, trendTone } from "./sections/headlines.ts";
import { shortDay } from "./shortDay.ts";
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

/** The facts that a person needs first: the account above, behavior below, or those that the deployment chose. */
export function factViews(scope: Scope): FactView[] {
  const { context, now, options } = scope;
  const { account, support, product } = context?.sections ?? {};
  const accountData = readable(account, now);
  const supportData = readable(support, now);
  const productData = readable(product, now);
  const ticketOnScreen = ownTicket(support, options.currentRecord);
  const builders: Record<FactKey, () => FactView> = {
    arr: () => arrFact(scope, accountData),
    renewal: () => renewalFact(scope, accountData),
    stage: () => stageFact(scope, accountData),
    sessions: () => sessionsFact(scope, productData),
    open_tickets: () => ticketsFact(scope, supportData && withoutTicket(supportData, ticketOnScreen), ticketOnScreen !== null),
    csat: () => csatFact(scope, supportData),
    last_active: () => lastActiveFact(scope, productData),
  };
  return factKeysOf(options).flatMap((key) => {
    const field = options.layout?.fields.find((candidate) => candidate.key === key);
    const view = field ? mappedFact(scope, field) : builders[key as FactKey]?.();
    return view ? [{ ...view, label: labelOf(options, key, view.label) }] : [];
  });
}

/** A field of the tenant's own, from the section of the platform that owns it. */
function mappedFact(scope: Scope, field: LayoutField): FactView {
  const section = scope.context?.sections[field.section as SectionName] as AnySection | undefined;
  const pointer = fieldPointer(field);
  return fact(scope, {
    key: field.key,
    label: field.label,
    section: field.section as SectionName,
    pointer,
    value: fieldValue(section, field),
    text: (value) => fieldText(scope, field, value),
    detail: section && isMasked(section, pointer) ? scope.t("label.hidden") : undefined,
  });
}

function arrFact(scope: Scope, account: AccountData | null): FactView {
  const { t, f } = scope;
  return fact(scope, {
    key: "arr",
    label: t("fact.arr"),
    section: "account",
    pointer: "/arr",
    value: account?.arr,
    text: f.money,
    detail: account?.plan ?? undefined,
    empty: t("absent.no_account"),
  });
}

function renewalFact(scope: Scope, account: AccountData | null): FactView {
  const { t, f } = scope;
  const renewal = renewalWords(scope, account?.renewalDate);
  return fact(scope, {
    key: "renewal",
    label: t("fact.renewal"),
    section: "account",
    pointer: "/renewalDate",
    value: account?.renewalDate,
    text: (day) => shortDay(f.day(day), day, scope.options.locale),
    detail: renewal.text,
    tone: renewal.tone,
    empty: t("absent.no_account"),
  });
}

function stageFact(scope: Scope, account: AccountData | null): FactView {
  const { t } = scope;
  return fact(scope, {
    key: "stage",
    label: t("fact.stage"),
    section: "account",
    pointer: "/stage",
    value: account?.stage,
    text: (stage) => stage,
    detail: account?.owner ? ownerText(scope, account.owner) : undefined,
    empty: t("absent.no_account"),
  });
}

function ticketsFact(scope: Scope, support: SupportData | null, hasOwn: boolean): FactView {
  const { t, f } = scope;
  return fact(scope, {
    key: "open_tickets",
    label: t(hasOwn ? "fact.other_tickets" : "fact.open_tickets"),
    section: "support",
    pointer: "/open",
    value: support ? openCount(support) : null,
    text: f.number,
    detail: openDetail(scope, support),
    tone: ticketsTone(scope, support),
    empty: f.number(0),
  });
}

/** By the highest priority; a ticket that has been open for too long is a warning too. */
function ticketsTone({ now, options }: Scope, support: SupportData | null): Tone {
  const tone = priorityTone(support?.highestPriority ?? null);
  const oldest = instant(support?.oldestOpenAt);
  const isOld = oldest !== null && now - oldest > thresholdsOf(options).oldTicketHours * 3_600_000;
  return tone === "neutral" && isOld ? "warning" : tone;
}

function csatFact(scope: Scope, support: SupportData | null): FactView {
  const { t, f } = scope;
  const csat = support?.csat;
  return fact(scope, {
    key: "csat",
    label: t("fact.csat", { days: csat?.days ?? defaultCsatDays }),
    section: "support",
    pointer: "/csat",
    value: csat?.score,
    text: f.percent,
    detail: csat && csat.score !== null ? t.plural("fact.ratings", csat.good + csat.bad) : undefined,
    tone: csat && csat.score !== null && csat.score < thresholdsOf(scope.options).lowSatisfaction ? "warning" : "neutral",
    none: t("absent.no_ratings"),
    empty: t("absent.no_ratings"),
  });
}

function lastActiveFact(scope: Scope, product: ProductData | null): FactView {
  const { t, now } = scope;
  return fact(scope, {
    key: "last_active",
    label: t("fact.last_active"),
    section: "product",
    pointer: "/lastActiveAt",
    value: instant(product?.lastActiveAt),
    text: (ms) => agoText(t, now - ms),
    none: t("absent.unknown"),
    empty: t("absent.no_activity"),
  });
}

function sessionsFact(scope: Scope, product: ProductData | null): FactView {
  const { t, f } = scope;
  return fact(scope, {
    key: "sessions",
    label: t("product.sessions"),
    section: "product",
    pointer: "/sessions30d",
    value: product?.sessions30d,
    text: f.number,
    detail: product?.trend ? t(`trend.${product.trend}`) : undefined,
    tone: trendTone(product?.trend ?? null),
    empty: t("absent.no_activity"),
  });
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
    stale: absent === null && section !== undefined && isDoubtful(section, state),
    section: input.section,
    provenance: scope.details?.provenanceFor(scope, section, input.pointer) ?? null,
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
