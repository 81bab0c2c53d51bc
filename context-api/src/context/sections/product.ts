import { ProductData } from "@sidelight/contracts/context/sections.ts";
import { calendarDays } from "@sidelight/model/calendar.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { HealthInputs } from "../../signals/health.ts";
import {
  defineSection,
  emptyContent,
  ownCompany,
  platformSource,
  provenanceOf,
  type SectionContent,
  type SectionInput,
} from "./section.ts";

const windowDays = 30;
const dayMs = 86_400_000;
/** People of a company are pulled. Fetching each of them again would use up the quota. */
const maxRefetchedPeople = 50;

/** How the product is used: sessions by day, features, funnel. People who declined are left out. */
export const productSection = defineSection<ProductData>({
  name: "product",
  order: 30,
  source: platformSource("product", (records) => [
    ...[...records.people.values()].flat().slice(0, maxRefetchedPeople),
    ...ownCompany(records),
  ]),
  schema: ProductData,
  view,
  healthInputs(input, section): Partial<HealthInputs> {
    const usage = section.data as ProductData | null;
    const steps = usage?.funnel?.steps ?? [];
    const reason = missingReason(input, section.state);
    return {
      usageTrend: usage?.trend ?? null,
      daysSinceActive: usage?.lastActiveAt ? Math.max(0, Math.floor((input.now - Date.parse(usage.lastActiveAt)) / dayMs)) : null,
      onboardingDone: steps.length === 0 ? null : steps.filter((s) => s.done).length / steps.length,
      missing: reason ? { usage_trend: reason, last_active: reason, onboarding: reason } : {},
    };
  },
});

function missingReason(input: SectionInput, state: string): string | null {
  if (optedOutNodes(input).size > 0 && consentedUsage(input).length === 0) return "consent_withheld";
  return state === "ok" || state === "stale" ? null : state;
}

function view(input: SectionInput): SectionContent<ProductData> {
  const { records } = input;
  const usage = consentedUsage(input);
  if (records.kind === "person" && optedOutNodes(input).size > 0)
    return { ...emptyContent, state: "consent_withheld", ignoresProblem: true };
  const [newest] = [...usage].sort((a, b) => (b.data.lastActiveAt ?? "").localeCompare(a.data.lastActiveAt ?? ""));
  if (!newest) return emptyContent;
  const days = lastDays(input);
  const daily = days.map((day) => sum(usage.map((u) => u.data.days[day]?.sessions ?? 0)));
  const lastActiveAt =
    usage
      .map((u) => u.data.lastActiveAt)
      .filter((at) => at !== null)
      .sort()
      .at(-1) ?? null;
  const active = usage.filter((u) => days.some((day) => (u.data.days[day]?.sessions ?? 0) > 0));
  const data: ProductData = {
    lastActiveAt,
    sessions30d: sum(daily),
    trend: trendOf(daily, usage, days),
    daily,
    features: featureShares(usage, days),
    funnel: funnelOf(input, usage),
    activeUsers30d: records.kind === "company" ? active.length : null,
  };
  const link = input.link(newest);
  return {
    data,
    changedAt: lastActiveAt === null ? null : Date.parse(lastActiveAt),
    provenance: {
      "/lastActiveAt": provenanceOf(input, newest, "the newest event"),
      "/sessions30d": provenanceOf(input, newest, "session events of the last 30 days"),
      "/trend": provenanceOf(input, newest, "sessions of the last 15 days against the 15 before"),
      "/features": provenanceOf(input, newest, "share of feature events of the last 30 days"),
      "/funnel": provenanceOf(input, newest, "first event of each step"),
    },
    absent: lastActiveAt === null ? { "/lastActiveAt": "none_set" } : {},
    links: link ? [{ label: "Profile", url: link }] : [],
  };
}

/** Nodes of people who declined analysis on any platform. */
export function optedOutNodes({ records }: Pick<SectionInput, "records">): Set<string> {
  return new Set([...records.people].filter(([, person]) => person.some((r) => r.data.optedOut)).map(([node]) => node));
}

export function consentedUsage(input: Pick<SectionInput, "records">): StoredRecord<"usage">[] {
  const optedOut = optedOutNodes(input);
  const refs = new Set(
    [...input.records.people].filter(([node]) => optedOut.has(node)).flatMap(([, person]) => person.map((r) => r.ref)),
  );
  return input.records.usage.filter((u) => !u.edges.some((e) => e.rel === "user" && refs.has(e.to)));
}

/** The last 30 calendar days in the tenant's time zone, today last. */
export function lastDays({ now, timeZone }: Pick<SectionInput, "now" | "timeZone">): string[] {
  const today = Date.parse(`${calendarDays(timeZone)(now)}T00:00:00Z`);
  return Array.from({ length: windowDays }, (_, i) => new Date(today - (windowDays - 1 - i) * dayMs).toISOString().slice(0, 10));
}

function trendOf(daily: number[], usage: StoredRecord<"usage">[], days: string[]): ProductData["trend"] {
  const half = windowDays / 2;
  const [firstHalf, secondHalf] = [sum(daily.slice(0, half)), sum(daily.slice(half))];
  if (firstHalf + secondHalf === 0) return "inactive";
  const firstDay = usage.flatMap((u) => Object.keys(u.data.days)).sort()[0];
  const halfStart = days[half];
  if (firstDay !== undefined && halfStart !== undefined && firstDay >= halfStart) return "new";
  if (secondHalf > firstHalf * 1.25) return "rising";
  return secondHalf < firstHalf * 0.75 ? "falling" : "steady";
}

function featureShares(usage: StoredRecord<"usage">[], days: string[]): ProductData["features"] {
  const counts = new Map<string, number>();
  for (const day of days) {
    for (const u of usage) {
      for (const [name, n] of Object.entries(u.data.days[day]?.features ?? {})) counts.set(name, (counts.get(name) ?? 0) + n);
    }
  }
  const total = sum([...counts.values()]);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .slice(0, 5)
    .map(([name, n]) => ({ name, share: Number((n / total).toFixed(4)) }));
}

/** A step is done when any of the people did it. `step` is the last one done. */
function funnelOf({ source }: SectionInput, usage: StoredRecord<"usage">[]): ProductData["funnel"] {
  const funnel = source.connections.map(({ connector }) => connector.funnel).find((f) => f !== undefined);
  if (!funnel) return null;
  const isDone = (step: string) => usage.some((u) => u.data.funnel[step] !== undefined);
  const steps = funnel.steps.map((name) => ({ name, done: isDone(name) }));
  return { name: funnel.name, step: steps.filter((s) => s.done).at(-1)?.name ?? null, steps };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
