import type { ProductData, Section } from "@sidelight/contracts/context/sections.ts";
import { calendarDays } from "@sidelight/model/calendar.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import { envelope, provenanceOf, type SectionInput } from "./section.ts";

const windowDays = 30;
const dayMs = 86_400_000;

/** How the product is used: sessions by day, features, funnel. People who declined are left out. */
export function productSection(input: SectionInput): Section<"product"> {
  const { story } = input;
  const withheld = optedOutNodes(input);
  const usage = consentedUsage(input);
  const empty = { data: null, changedAt: null, provenance: {}, absent: {}, links: [] };
  if (story.kind === "person" && withheld.size > 0)
    return envelope<"product">({ ...input, problem: null }, { ...empty, state: "consent_withheld" });
  if (usage.length === 0) return envelope<"product">(input, empty);
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
    activeUsers30d: story.kind === "company" ? active.length : null,
  };
  const newest = [...usage].sort((a, b) => (b.data.lastActiveAt ?? "").localeCompare(a.data.lastActiveAt ?? ""))[0]!;
  const link = input.link(newest);
  return envelope<"product">(input, {
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
  });
}

/** People of whom any platform says that they declined to be analysed. */
export function optedOutNodes({ story }: Pick<SectionInput, "story">): Set<string> {
  return new Set([...story.people].filter(([, records]) => records.some((r) => r.data.optedOut)).map(([node]) => node));
}

export function consentedUsage(input: Pick<SectionInput, "story">): StoredRecord<"usage">[] {
  const withheld = optedOutNodes(input);
  const refs = new Set(
    [...input.story.people].filter(([node]) => withheld.has(node)).flatMap(([, records]) => records.map((r) => r.ref)),
  );
  return input.story.usage.filter((u) => !u.edges.some((e) => e.rel === "user" && refs.has(e.to)));
}

/** The last 30 calendar days in the tenant's time zone, today last. */
export function lastDays({ now, timeZone }: Pick<SectionInput, "now" | "timeZone">): string[] {
  const today = Date.parse(`${calendarDays(timeZone)(now)}T00:00:00Z`);
  return Array.from({ length: windowDays }, (_, i) => new Date(today - (windowDays - 1 - i) * dayMs).toISOString().slice(0, 10));
}

function trendOf(daily: number[], usage: StoredRecord<"usage">[], days: string[]): ProductData["trend"] {
  const half = windowDays / 2;
  const [before, after] = [sum(daily.slice(0, half)), sum(daily.slice(half))];
  if (before + after === 0) return "inactive";
  const first = usage.flatMap((u) => Object.keys(u.data.days)).sort()[0];
  if (first !== undefined && first >= days[half]!) return "new";
  if (after > before * 1.25) return "rising";
  return after < before * 0.75 ? "falling" : "steady";
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

/** The step furthest along that anyone has reached; a step is done when somebody did it. */
function funnelOf({ connection }: SectionInput, usage: StoredRecord<"usage">[]): ProductData["funnel"] {
  const funnel = connection?.connector.funnel ?? null;
  if (!funnel) return null;
  const done = (step: string) => usage.some((u) => u.data.funnel[step] !== undefined);
  const steps = funnel.steps.map((name) => ({ name, done: done(name) }));
  return { name: funnel.name, step: steps.filter((s) => s.done).at(-1)?.name ?? null, steps };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
