import { FUNNEL, mixpanelDate } from "../mixpanel.ts";
import { DAY, iso, MINUTE } from "../time.ts";
import type { MpProperties, Person, UsagePlan } from "../types.ts";
import { createEvent, lastSeen } from "../usage.ts";
import { type Mutation, pickPerson, ref, refsOf, type ScenarioContext, touch, touchUser, userOf } from "./tools.ts";

/** A lab cannot wait three weeks, so a company that stops has been inactive for that long at once. */
const SILENT = 21 * DAY;

function setProfile(h: ScenarioContext, distinctId: string, properties: MpProperties, drop: string[] = []): void {
  const { profiles } = h.world.mixpanel;
  const profile = profiles.get(distinctId);
  if (!profile) return;
  const next = Object.fromEntries(
    Object.entries({ ...profile.properties, ...properties }).filter(([key]) => !drop.includes(key)),
  );
  profiles.put({ distinct_id: distinctId, properties: next });
}

export const usageStopped: Mutation = (h) => {
  const { world } = h;
  const { plans } = world.mixpanel;
  const planOf = (id: string): UsagePlan | undefined => plans.get(id);
  // Usage stops for a company, so a named person means their company.
  const anyone = { ...h, about: h.customer && { person: null, company: h.customer.company } };
  const chosenPerson = pickPerson(anyone, (p) =>
    p.distinctIds.some((id) => (planOf(id)?.level ?? 0) > 0.2 && planOf(id)?.until === null),
  );
  const users = world.people.filter((p) => p.company === chosenPerson.company && p.distinctIds.length > 0);
  const endsAt = Math.min(h.at, world.anchor) - SILENT;
  for (const id of users.flatMap((p) => p.distinctIds)) {
    const plan = plans.get(id);
    if (!plan) continue;
    const stoppedPlan: UsagePlan = { ...plan, until: endsAt, funnel: plan.funnel.filter((step) => step.at < endsAt) };
    plans.put(stoppedPlan);
    const lastSeenAt = lastSeen(world.usage, stoppedPlan);
    setProfile(
      h,
      id,
      lastSeenAt === null ? {} : { $last_seen: mixpanelDate(lastSeenAt) },
      lastSeenAt === null ? ["$last_seen"] : [],
    );
  }
  return [
    ref.sf("Account", world.ids.salesforce.account(chosenPerson.company!)),
    ...users.flatMap((p) => p.distinctIds.map(ref.mixpanel)),
  ];
};

export const onboardingCompleted: Mutation = (h) => {
  const { world } = h;
  const { plans, events } = world.mixpanel;
  const isOnboarded = (id: string): boolean => world.mixpanel.profiles.get(id)?.properties["onboarded"] === true;
  const { Lead } = world.salesforce.tables;
  const leads = new Set([...Lead.values()].map((lead) => String(lead["Email"]).toLowerCase()));
  const isOnboarding = ({ distinctIds: [first] }: Person): boolean =>
    first !== undefined && !isOnboarded(first) && (plans.get(first)?.funnel.length ?? FUNNEL.length) < FUNNEL.length;
  const isLead = (p: Person): boolean => isOnboarding(p) && leads.has(p.email.toLowerCase());
  // Prefers people who were leads first, because they show more.
  const person = pickPerson(h, h.customer === null && world.people.some(isLead) ? isLead : isOnboarding);
  const id = person.distinctIds[0]!;
  const plan = plans.get(id)!;
  const missingSteps = FUNNEL.slice(plan.funnel.length);
  missingSteps.forEach((step, i) => {
    events.put(createEvent(world.usage, plan, step, h.at - (missingSteps.length - 1 - i) * 4 * MINUTE, {}));
  });
  setProfile(h, id, { onboarded: true, $last_seen: mixpanelDate(h.at) });
  return [ref.mixpanel(id), ...refsOf(h, person).filter((profile) => profile !== ref.mixpanel(id))];
};

/** Recorded on every platform of the person. */
export const optedOut: Mutation = (h) => {
  const { world } = h;
  const person = pickPerson(h, (p) => {
    const contact = world.salesforce.tables.Contact.get(world.ids.salesforce.contact(p.index));
    return !p.tags.includes("demo") && contact?.["HasOptedOutOfEmail"] === false;
  });
  const contact = world.salesforce.tables.Contact.get(world.ids.salesforce.contact(person.index))!;
  touch(h, "Contact", contact, { HasOptedOutOfEmail: true });
  const user = userOf(h, person);
  touchUser(h, user, { user_fields: { ...user.user_fields, analytics_opt_out: true } });
  for (const id of person.distinctIds) setProfile(h, id, { opted_out: true, opted_out_at: iso(h.at).slice(0, 19) });
  return [ref.sf("Contact", contact.Id), ...refsOf(h, person).filter((profile) => profile !== ref.sf("Contact", contact.Id))];
};
