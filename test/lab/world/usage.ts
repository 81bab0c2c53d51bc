import { hash, rng } from "./prng.ts";
import { DAY, midnight } from "./time.ts";
import type { MpEvent, MpProperties, UsagePlan } from "./types.ts";
import { FEATURES } from "./words.ts";

/** Days of product events before the anchor, including the anchor's own day. */
export const DAYS = 90;

const FEATURE_WEIGHT = [30, 18, 14, 10, 8, 7, 5, 4, 3, 1];
const TOTAL = FEATURE_WEIGHT.reduce((sum, weight) => sum + weight, 0);
const BROWSERS = ["Chrome", "Safari", "Firefox", "Microsoft Edge"];
const SYSTEMS = ["Windows", "Mac OS X", "iOS", "Android"];
const CITIES: [string, string][] = [
  ["New York", "US"],
  ["Chicago", "US"],
  ["Austin", "US"],
  ["Berlin", "DE"],
  ["Lyon", "FR"],
  ["Osaka", "JP"],
];

export interface UsageContext {
  seed: number;
  tenant: string;
  anchor: number;
}

/** Midnight (UTC) of the day `ago` days before the anchor's. */
export const dayStart = (ctx: UsageContext, ago: number): number => midnight(ctx.anchor) - ago * DAY;

/**
 * One person's events of one day, generated on demand: 130,000 events need no memory, and a second call
 * gives the same events. There is none after the anchor: the world changes only by scenarios and writes.
 */
export function usageOn(ctx: UsageContext, plan: UsagePlan, ago: number): MpEvent[] {
  if (plan.level === 0 || ago < 0 || ago >= DAYS) return [];
  const start = dayStart(ctx, ago);
  const r = rng(hash(ctx.seed, ctx.tenant, "usage", plan.distinct_id, ago));
  const weekday = new Date(start).getUTCDay();
  const progress = 1 - ago / DAYS;
  const level = plan.level * (1 + (plan.slope - 1) * progress) * (weekday === 0 || weekday === 6 ? 0.2 : 1);
  if (!r.chance(Math.min(level, 0.97))) return [];
  const began = plan.funnel[0]?.at ?? 0;
  const result: MpEvent[] = [];
  const sessions = 1 + (r.chance(0.35) ? 1 : 0) + (r.chance(0.12) ? 1 : 0);
  for (let session = 0; session < sessions; session++) {
    let timestamp = start + r.int(6 * 60, 19 * 60) * 60_000 + r.int(0, 59) * 1000;
    const add = (event: string, extra: MpProperties): void => {
      if (timestamp >= ctx.anchor - 3 * 60_000 || timestamp < began || (plan.until !== null && timestamp >= plan.until)) return;
      result.push(createEvent(ctx, plan, event, timestamp, extra));
    };
    add("$session_start", {});
    for (let use = r.int(0, 3); use >= 0; use--) {
      timestamp += r.int(20, 600) * 1000;
      if (r.chance(0.1)) add("Report Exported", { format: r.pick(["csv", "pdf", "xlsx"]) });
      else add("Feature Used", { feature: feature(plan.taste, r.next()) });
    }
  }
  return result.sort((a, b) => a.time - b.time);
}

/** Each person prefers one feature. The remaining events follow the general distribution. */
function feature(taste: number, position: number): string {
  if (position < 0.3) return FEATURES[taste % FEATURES.length]!;
  let remaining = ((position - 0.3) / 0.7) * TOTAL;
  for (let i = 0; i < FEATURES.length; i++) {
    remaining -= FEATURE_WEIGHT[i]!;
    if (remaining < 0) return FEATURES[i]!;
  }
  return FEATURES[0]!;
}

export function createEvent(ctx: UsageContext, plan: UsagePlan, event: string, time: number, extra: MpProperties): MpEvent {
  const h = hash(ctx.seed, plan.distinct_id, "device");
  const [city, country] = CITIES[h % CITIES.length]!;
  const insert =
    hash(ctx.seed, event, time, plan.distinct_id, "a").toString(36) + hash(time, plan.distinct_id, event, "b").toString(36);
  return {
    event,
    time,
    distinct_id: plan.distinct_id,
    insert_id: insert,
    properties: {
      $browser: BROWSERS[h % BROWSERS.length]!,
      $os: SYSTEMS[(h >>> 4) % SYSTEMS.length]!,
      $city: city,
      mp_country_code: country,
      ...(plan.company_id === null ? {} : { company_id: plan.company_id }),
      ...extra,
    },
  };
}

/** The funnel events of one person within [from, to). */
export const funnelEvents = (ctx: UsageContext, plan: UsagePlan, from: number, to: number): MpEvent[] =>
  plan.funnel.filter((step) => step.at >= from && step.at < to).map((step) => createEvent(ctx, plan, step.event, step.at, {}));

/** The newest event of a plan, or null. `$last_seen` must equal it. */
export function lastSeen(ctx: UsageContext, plan: UsagePlan): number | null {
  for (let ago = 0; ago < DAYS; ago++) {
    const events = usageOn(ctx, plan, ago);
    if (events.length > 0) return events[events.length - 1]!.time;
  }
  const step = plan.funnel[plan.funnel.length - 1];
  return step ? step.at : null;
}
