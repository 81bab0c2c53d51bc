import { REPS } from "./companies.ts";
import { FUNNEL } from "./mixpanel.ts";
import { hash, rng } from "./prng.ts";
import { audit, type SalesforceIds, type Seeding } from "./salesforce.ts";
import type { Person, SfRow, UsagePlan } from "./types.ts";

/** Some trial users were leads first and are still in onboarding. */
export function trialLeads(s: Seeding, ids: SalesforceIds, plans: readonly UsagePlan[]): SfRow[] {
  const funnels = new Map(plans.map((plan) => [plan.distinct_id, plan.funnel]));
  const funnelOf = (p: Person) => funnels.get(p.distinctIds[0]!);
  const beganAt = (p: Person): number => funnelOf(p)?.[0]?.at ?? s.anchor;
  const isOnboarding = (p: Person): boolean =>
    p.company !== null &&
    [p.salesforce, p.zendesk, p.mixpanel].every(Boolean) &&
    p.tags.every((tag) => tag === "everywhere") &&
    !Object.values(p.optedOut).some(Boolean) &&
    (funnelOf(p)?.length ?? FUNNEL.length) < FUNNEL.length;
  const maxLeads = Math.max(2, Math.round(s.people.length * 0.02));
  return (
    s.people
      .filter(isOnboarding)
      // The newest: Mixpanel's horizon omits the first steps of older ones.
      .sort((a, b) => beganAt(b) - beganAt(a) || a.index - b.index)
      .slice(0, maxLeads)
      .map((p, i) => {
        const r = rng(hash(s.seed, s.tenant, "trial lead", p.index));
        const owner = ids.user(r.int(0, REPS - 1));
        return {
          Id: ids.make("Lead", 1_000_000 + i),
          FirstName: p.first,
          LastName: p.last,
          Name: `${p.first} ${p.last}`,
          Company: s.companies[p.company!]!.name.slice(0, 255),
          Email: p.email,
          Phone: null,
          Title: p.title,
          Status: "Open - Not Contacted",
          LeadSource: "Web",
          HasOptedOutOfEmail: false,
          OwnerId: owner,
          IsConverted: false,
          ConvertedAccountId: null,
          ConvertedContactId: null,
          CurrencyIsoCode: "USD",
          MasterRecordId: null,
          ...audit(r, s.anchor, p.signedUpAt, owner, owner),
        };
      })
  );
}
