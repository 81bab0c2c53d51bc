import { ProductData } from "@sidelight/contracts/context/sections.ts";
import { calendarDayOf, calendarDays, daysBetween } from "@sidelight/model/calendar.ts";
import { isWithdrawn } from "@sidelight/model/purposes.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { HealthInputs } from "../../signals/health.ts";
import type { CustomerRecords } from "../customerRecords.ts";
import { earlierUseInputs } from "./earlierUse.ts";
import {
  defineSection,
  emptyContent,
  ownCompany,
  platformSource,
  provenanceOf,
  type SectionContent,
  type SectionInput,
} from "./section.ts";
import { type CountedUse, inputsInDoubt } from "./uncountedUse.ts";
import { halves, shareDone, sum, trendOf, windowDays } from "./useTrend.ts";

const dayMs = 86_400_000;
/** People of a company are pulled. Fetching each of them again would use up the quota. */
const maxRefetchedPeople = 50;

/** How the product is used: sessions by day, features, funnel. People who opted out of analytics are left out and counted. */
export const productSection = defineSection<ProductData>({
  name: "product",
  order: 30,
  dataClass: "usage",
  source: platformSource("product", (records) => [
    ...[...records.people.values()].flat().slice(0, maxRefetchedPeople),
    ...ownCompany(records),
  ]),
  schema: ProductData,
  view,
  healthInputs(input, section): Partial<HealthInputs> {
    const usage = section.data as ProductData | null;
    const reason = ["ok", "stale"].includes(section.state) ? null : section.state;
    const reasons = {
      usage_trend: reason ?? "none_set",
      last_active: reason ?? "none_set",
      onboarding: reason ?? "history_unknown",
    };
    const doubts = usage ? inputsInDoubt(usage, () => countedUse(input)) : {};
    return {
      usageTrend: doubts.usage_trend ? null : (usage?.trend ?? null),
      daysSinceActive: usage?.lastActiveAt ? daysSince(usage.lastActiveAt, input) : null,
      onboardingDone: shareDone(usage?.funnel?.steps ?? []),
      missing: { ...reasons, ...doubts },
    };
  },
  earlierHealthInputs(input, section, instants) {
    const data = section.data as ProductData | null;
    if (!data) return instants.map(() => ({ missing: { usage_trend: section.state } }));
    const usage = consentedUsage(input);
    return earlierUseInputs({ data, usage, firstDay: firstKnownDay(input, usage), timeZone: input.timeZone }, instants);
  },
});

function countedUse(input: SectionInput): CountedUse {
  const days = lastDays(input);
  const usage = consentedUsage(input);
  const halvesOf = (records: readonly StoredRecord<"usage">[]) => halves(dailySessions(records, days));
  const usageByUser = new Map<string, StoredRecord<"usage">[]>();
  for (const record of usage) {
    for (const { rel, to } of record.edges) {
      if (rel !== "user") continue;
      const ofUser = usageByUser.get(to);
      if (ofUser) ofUser.push(record);
      else usageByUser.set(to, [record]);
    }
  }
  let maxOfPerson = 0;
  for (const person of input.records.people.values()) {
    const ofPerson = new Set(person.flatMap(({ ref }) => usageByUser.get(ref) ?? []));
    if (ofPerson.size > 0) maxOfPerson = Math.max(maxOfPerson, ...halvesOf([...ofPerson]));
  }
  return { halves: halvesOf(usage), maxOfPerson };
}

/** Calendar days in the tenant's time zone: 0 is today, 1 is yesterday, however few hours ago it was. */
function daysSince(lastActiveAt: string, { now, timeZone }: Pick<SectionInput, "now" | "timeZone">): number {
  const dayOf = calendarDays(timeZone);
  return Math.max(0, daysBetween(dayOf(Date.parse(lastActiveAt)), dayOf(now)));
}

function view(input: SectionInput): SectionContent<ProductData> {
  const { records } = input;
  const usage = consentedUsage(input);
  const optedOut = optedOutNodes(input);
  if (records.kind === "person" && optedOut.size > 0) return { ...emptyContent, state: "consent_withheld", ignoresProblem: true };
  const days = lastDays(input);
  const active = lastUse([newestUse(usage), lastVisit(input, days)]) ?? earlierUse(input, days);
  // When all users of the product opted out, use is withheld, not absent.
  if (!active)
    return notCounted(records) > 0 ? { ...emptyContent, state: "consent_withheld", ignoresProblem: true } : emptyContent;
  const { record, lastActiveAt } = active;
  const daily = dailySessions(usage, days);
  const shownDays = new Set(days);
  const activeUsage = usage.filter(({ data }) =>
    Object.entries(data.days).some(([day, { sessions }]) => sessions > 0 && shownDays.has(day)),
  );
  const data: ProductData = {
    lastActiveAt,
    sessions30d: sum(daily),
    trend: trendOf(daily, firstKnownDay(input, usage), days),
    daily,
    features: featureShares(usage, days),
    funnel: funnelOf(input, usage),
    activeUsers30d: records.kind === "company" ? activeUsage.length : null,
    ...(records.kind === "company" ? { notCounted: notCounted(records) } : {}),
  };
  const link = input.link(record);
  return {
    data,
    changedAt: lastActiveAt === null ? null : Date.parse(lastActiveAt),
    provenance: {
      "/lastActiveAt": provenanceOf(
        input,
        record,
        record.data.kind === "usage" ? "the newest event" : "the profile's last visit",
      ),
      "/sessions30d": provenanceOf(input, record, "session events of the last 30 days"),
      "/trend": provenanceOf(input, record, "sessions of the last 15 days against the 15 before"),
      "/features": provenanceOf(input, record, "share of feature events of the last 30 days"),
      "/funnel": provenanceOf(input, record, "first event of each step, or what the profile or a cohort confirms"),
    },
    absent: lastActiveAt === null ? { "/lastActiveAt": "none_set" } : {},
    links: link ? [{ label: "Profile", url: link }] : [],
  };
}

interface LastUse {
  record: StoredRecord;
  lastActiveAt: string | null;
}

/** The latest of the uses. */
function lastUse(uses: readonly (LastUse | null)[]): LastUse | null {
  let latest: LastUse | null = null;
  for (const use of uses)
    if (use && (latest === null || (use.lastActiveAt ?? "").localeCompare(latest.lastActiveAt ?? "") > 0)) latest = use;
  return latest;
}

function newestUse(usage: readonly StoredRecord<"usage">[]): LastUse | null {
  return lastUse(usage.map((record) => ({ record, lastActiveAt: record.data.lastActiveAt })));
}

/**
 * The last visit that a profile records, of people whose events are older than those that were read. They used the product and
 * stopped, which is not the same as never. A later visit would have left events.
 */
function lastVisit(input: SectionInput, days: readonly string[]): LastUse | null {
  const dayOf = calendarDays(input.timeZone);
  const visits = consentedPeople(input).flatMap((record): LastUse[] => {
    const lastActiveAt = record.data.productUse?.lastSeenAt ?? null;
    return lastActiveAt !== null && dayOf(Date.parse(lastActiveAt)) < (days[0] ?? "") ? [{ record, lastActiveAt }] : [];
  });
  return lastUse(visits);
}

/** A profile that has reached steps of the funnel, of a user who has been there for long: the product was used at an unknown time. */
function earlierUse(input: SectionInput, days: readonly string[]): LastUse | null {
  const dayOf = calendarDays(input.timeZone);
  const record = consentedPeople(input).find(({ data: { productUse } }) => {
    if (!productUse || productUse.milestones.length === 0) return false;
    return productUse.since === null || (calendarDayOf(productUse.since, dayOf) ?? "") < (days[0] ?? "");
  });
  return record ? { record, lastActiveAt: null } : null;
}

/** People of a company whose product use is left out of its figures. */
export function notCounted(records: CustomerRecords): number {
  const users = new Set(records.usage.flatMap((u) => u.edges.filter((e) => e.rel === "user").map((e) => e.to)));
  const isUser = (person: readonly StoredRecord<"person">[]) => person.some((r) => r.data.productUse || users.has(r.ref));
  return [...optedOutNodes({ records })].filter((node) => isUser(records.people.get(node) ?? [])).length;
}

/** Every figure of a company leaves them out. */
const optedOutByPeople = new WeakMap<CustomerRecords["people"], Set<string>>();

/** People who opted out of analytics on any platform. */
export function optedOutNodes({ records: { people } }: Pick<SectionInput, "records">): ReadonlySet<string> {
  const computed = optedOutByPeople.get(people);
  if (computed) return computed;
  const hasOptedOut = (person: readonly StoredRecord<"person">[]) => person.some((r) => isWithdrawn(r.data, "analytics"));
  const nodes = new Set([...people].filter(([, person]) => hasOptedOut(person)).map(([node]) => node));
  optedOutByPeople.set(people, nodes);
  return nodes;
}

export const consentedUsage = (input: Pick<SectionInput, "records">): StoredRecord<"usage">[] =>
  consented(input, input.records.usage);

function consented<R extends StoredRecord>({ records }: Pick<SectionInput, "records">, ofUsers: readonly R[]): R[] {
  const optedOut = optedOutNodes({ records });
  if (optedOut.size === 0) return [...ofUsers];
  const refs = new Set(
    [...records.people].filter(([node]) => optedOut.has(node)).flatMap(([, person]) => person.map((r) => r.ref)),
  );
  return ofUsers.filter((record) => !record.edges.some((e) => e.rel === "user" && refs.has(e.to)));
}

/** Records of the people who did not opt out of analytics. */
function consentedPeople(input: Pick<SectionInput, "records">): StoredRecord<"person">[] {
  const optedOut = optedOutNodes(input);
  return [...input.records.people].filter(([node]) => !optedOut.has(node)).flatMap(([, person]) => person);
}

/** The last 30 calendar days in the tenant's time zone, today last. */
export function lastDays({ now, timeZone }: Pick<SectionInput, "now" | "timeZone">): string[] {
  const today = Date.parse(`${calendarDays(timeZone)(now)}T00:00:00Z`);
  return Array.from({ length: windowDays }, (_, i) => new Date(today - (windowDays - 1 - i) * dayMs).toISOString().slice(0, 10));
}

/** The first day on which a person is known to have used the product; undefined when there is none. */
function firstKnownDay(input: SectionInput, usage: readonly StoredRecord<"usage">[]): string | undefined {
  const dayOf = calendarDays(input.timeZone);
  const instants = [
    ...usage.flatMap((u) => Object.values(u.data.funnel)),
    ...consentedPeople(input).flatMap((r) => r.data.productUse?.since ?? []),
  ];
  let first: string | undefined;
  const addDay = (day: string): void => {
    if (first === undefined || day < first) first = day;
  };
  for (const { data } of usage) for (const day in data.days) addDay(day);
  for (const text of new Set(instants)) {
    const day = calendarDayOf(text, dayOf);
    if (day !== null) addDay(day);
  }
  return first;
}

function dailySessions(usage: readonly StoredRecord<"usage">[], days: readonly string[]): number[] {
  const sessionsByDay = new Map(days.map((day) => [day, 0]));
  for (const { data } of usage) {
    for (const day in data.days) {
      const sessions = sessionsByDay.get(day);
      if (sessions !== undefined) sessionsByDay.set(day, sessions + (data.days[day]?.sessions ?? 0));
    }
  }
  return days.map((day) => sessionsByDay.get(day) ?? 0);
}

function featureShares(usage: StoredRecord<"usage">[], days: string[]): ProductData["features"] {
  const counts = new Map<string, number>();
  const shownDays = new Set(days);
  for (const { data } of usage) {
    for (const day in data.days) {
      if (!shownDays.has(day)) continue;
      const features = data.days[day]?.features ?? {};
      for (const name in features) counts.set(name, (counts.get(name) ?? 0) + (features[name] ?? 0));
    }
  }
  const total = sum([...counts.values()]);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .slice(0, 5)
    .map(([name, n]) => ({ name, share: Number((n / total).toFixed(4)) }));
}

/**
 * A step is done when any of the people did it: by an event, a property of the profile, or a cohort. No user reaches a step of a funnel
 * without the steps before it. A step is not done only if everyone is counted and all events since their first day were read; otherwise it is unknown.
 */
function funnelOf(input: SectionInput, usage: StoredRecord<"usage">[]): ProductData["funnel"] {
  const funnel = input.source.connections.map(({ connector }) => connector.funnel).find((f) => f !== undefined);
  if (!funnel) return null;
  const people = consentedPeople(input);
  const reachedSteps = new Set([
    ...usage.flatMap((u) => Object.keys(u.data.funnel)),
    ...people.flatMap((r) => r.data.productUse?.milestones ?? []),
    ...consented(input, input.records.memberships).flatMap((m) => m.data.milestone ?? []),
  ]);
  const lastReached = funnel.steps.findLastIndex((step) => reachedSteps.has(step));
  const isCertain =
    notCounted(input.records) === 0 && isHistoryComplete(input, people, { usage, firstStep: funnel.steps[0] ?? "" });
  const notReached = isCertain ? false : null;
  const steps = funnel.steps.map((name, i) => ({ name, done: i <= lastReached ? true : notReached }));
  return { name: funnel.name, step: funnel.steps[lastReached] ?? null, steps };
}

/** True when each user's events were counted from the first step of the funnel, or from the day on which the platform first saw them. */
function isHistoryComplete(
  { timeZone }: SectionInput,
  people: readonly StoredRecord<"person">[],
  { usage, firstStep }: { usage: readonly StoredRecord<"usage">[]; firstStep: string },
): boolean {
  const dayOf = calendarDays(timeZone);
  const usageByUser = new Map(usage.flatMap((u) => u.edges.filter((e) => e.rel === "user").map((e) => [e.to, u.data] as const)));
  return people
    .filter((r) => r.data.productUse)
    .every(({ ref, data }) => {
      const counts = usageByUser.get(ref);
      if (counts?.funnel[firstStep] !== undefined) return true;
      const since = data.productUse?.since;
      const firstDay = typeof since === "string" ? calendarDayOf(since, dayOf) : null;
      return firstDay !== null && counts?.countedSince !== undefined && counts.countedSince <= firstDay;
    });
}
