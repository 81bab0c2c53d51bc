import type { ProductData, Section, Sections } from "@sidelight/contracts/context/sections.ts";
import { calendarDays } from "@sidelight/model/calendar.ts";
import { type HealthInputs, type HealthKey, health } from "../../signals/health.ts";
import { consentedUsage, optedOutNodes } from "./product.ts";
import { envelope, type SectionInput } from "./section.ts";
import { isOpen } from "./support.ts";

const dayMs = 86_400_000;

/** The score and why. Made from the other sections' facts, so that it never says something they don't. */
export function healthSection(input: SectionInput, others: Pick<Sections, "account" | "support" | "product">): Section<"health"> {
  const data = health(inputsFrom(input, others));
  const observed = [others.account, others.support, others.product]
    .map((s) => s?.observedAt)
    .filter((at) => typeof at === "string");
  const observedAt = observed.length === 0 ? null : Math.min(...observed.map((at) => Date.parse(at)));
  const content = { data: data.score === null ? null : data, changedAt: null, provenance: {}, absent: {}, links: [] };
  return envelope<"health">(
    { ...input, connection: null, problem: null, observedAt },
    { ...content, state: data.score === null ? "empty" : "ok" },
  );
}

function inputsFrom(
  input: SectionInput,
  { account, support, product }: Pick<Sections, "account" | "support" | "product">,
): HealthInputs {
  const { story, now } = input;
  const open = story.tickets.filter(isOpen);
  const usage: ProductData | null = product?.data ?? null;
  const renewal = account?.data?.renewalDate ?? null;
  const steps = usage?.funnel?.steps ?? [];
  const today = Date.parse(`${calendarDays(input.timeZone)(now)}T00:00:00Z`);
  const missing: Partial<Record<HealthKey, string>> = {};
  const noUsage = usageReason(input, product?.state);
  if (noUsage) for (const key of ["usage_trend", "last_active", "onboarding"] as const) missing[key] = noUsage;
  if (!support?.data)
    for (const key of ["open_tickets", "urgent_tickets", "csat"] as const) missing[key] = support?.state ?? "not_connected";
  else missing.csat = "no_ratings";
  missing.renewal = account?.data ? (account.absent["/renewalDate"] ?? "none_set") : (account?.state ?? "not_connected");
  return {
    usageTrend: usage?.trend ?? null,
    daysSinceActive: usage?.lastActiveAt ? Math.max(0, Math.floor((now - Date.parse(usage.lastActiveAt)) / dayMs)) : null,
    csat: support?.data?.csat ?? null,
    openTickets: support?.data ? open.length : null,
    urgentTickets: support?.data ? open.filter((t) => t.data.priority === "urgent").length : null,
    daysToRenewal: renewal === null ? null : Math.round((Date.parse(renewal) - today) / dayMs),
    onboardingDone: steps.length === 0 ? null : steps.filter((s) => s.done).length / steps.length,
    missing,
  };
}

function usageReason(input: SectionInput, state: string | undefined): string | null {
  if (optedOutNodes(input).size > 0 && consentedUsage(input).length === 0) return "consent_withheld";
  return state === "ok" || state === "stale" ? null : (state ?? "not_connected");
}
