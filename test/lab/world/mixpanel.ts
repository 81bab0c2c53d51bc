import { hash, rng } from "./prng.ts";
import type { SalesforceIds, Seeding } from "./salesforce.ts";
import { DAY, HOUR, iso, MINUTE, seconds } from "./time.ts";
import type { MpGroup, MpProfile, MpProperties, Person, UsagePlan } from "./types.ts";
import { lastSeen, type UsageContext } from "./usage.ts";

export const FUNNEL = ["Signed Up", "Project Created", "Teammate Invited", "Onboarding Completed"];
const SLOPE = { growing: 1.7, steady: 1, fading: 0.25, none: 0 };

export function plans(s: Seeding, ids: SalesforceIds): UsagePlan[] {
  const planList: UsagePlan[] = [];
  for (const p of s.people) {
    p.distinctIds.forEach((distinct_id, n) => {
      planList.push(planOf(s, ids, p, distinct_id, n));
    });
  }
  return planList;
}

function planOf(s: Seeding, ids: SalesforceIds, p: Person, distinct_id: string, n: number): UsagePlan {
  const r = rng(hash(s.seed, s.tenant, "plan", distinct_id));
  const company = p.company === null ? null : s.companies[p.company]!;
  const isDemo = p.tags.includes("demo");
  const usage = company?.usage ?? "steady";
  // A quarter of the profiles signed up and never returned.
  const level = usage === "none" ? 0 : isDemo ? 0.9 : n > 0 ? 0.08 : r.chance(0.25) ? 0 : 0.08 + r.next() ** 1.6 * 0.75;
  const funnelLength = isDemo ? (p.index === 0 ? 3 : 4) : r.weighted({ 1: 14, 2: 16, 3: 18, 4: 52 });
  const signedUp = isDemo ? s.anchor - 84 * DAY + p.index * 3 * HOUR : Math.min(p.signedUpAt, s.anchor - 6 * DAY);
  const funnel: UsagePlan["funnel"] = [];
  let signedUpAt = seconds(signedUp);
  for (let step = 0; step < Number(funnelLength); step++) {
    if (signedUpAt > s.anchor - 20 * MINUTE) break;
    funnel.push({ event: FUNNEL[step]!, at: signedUpAt });
    signedUpAt += seconds(r.int(1, 40) * HOUR + r.int(0, 59) * MINUTE);
  }
  return {
    distinct_id,
    company_id: company && p.salesforce ? ids.account(company.index) : null,
    level,
    slope: SLOPE[usage],
    until: null,
    taste: isDemo ? 2 : r.int(0, 9),
    funnel: n === 0 ? funnel : funnel.slice(0, 1),
  };
}

export function profiles(s: Seeding, ctx: UsageContext, plansById: ReadonlyMap<string, UsagePlan>): MpProfile[] {
  const profileRows: MpProfile[] = [];
  for (const p of s.people) {
    for (const distinct_id of p.distinctIds) {
      const plan = plansById.get(distinct_id)!;
      const company = p.company === null ? null : s.companies[p.company]!;
      const lastSeenAt = lastSeen(ctx, plan);
      const properties: MpProperties = {
        $email: p.email,
        $name: `${p.first} ${p.last}`,
        $created: mixpanelDate(plan.funnel[0]?.at ?? p.signedUpAt),
        ...(lastSeenAt === null ? {} : { $last_seen: mixpanelDate(lastSeenAt) }),
        plan: company?.plan?.toLowerCase() ?? "free",
        role: p.title,
        onboarded: plan.funnel.length === FUNNEL.length,
        ...(p.optedOut.mixpanel ? { opted_out: true } : {}),
      };
      if (company) properties["company_name"] = company.name;
      if (plan.company_id !== null) properties["company_id"] = plan.company_id;
      profileRows.push({ distinct_id, properties });
    }
  }
  return profileRows;
}

export function groups(s: Seeding, ids: SalesforceIds): MpGroup[] {
  return s.companies
    .filter((c) => c.kind === "Customer")
    .map((c) => {
      const group_id = ids.account(c.index);
      return {
        key: `company_id:${group_id}`,
        group_key: "company_id",
        group_id,
        properties: { $name: c.name, plan: c.plan?.toLowerCase() ?? "free" },
      };
    });
}

/** `2026-11-20T18:03:00`: profile dates have no zone and are UTC. */
export const mixpanelDate = (ms: number): string => iso(ms).slice(0, 19);
