import { FUNNEL, mixpanelDate } from "../mixpanel.ts";
import { DAY, iso, MINUTE } from "../time.ts";
import type { MpProperties, Person, UsagePlan } from "../types.ts";
import { lastSeen, make } from "../usage.ts";
import { type Happening, type Mutation, ref, refsOf, somebody, touch, touchUser, userOf } from "./tools.ts";

/** A lab can't wait three weeks to see nothing: a company that stops has been silent for so long at once. */
const SILENT = 21 * DAY;

function setProfile(h: Happening, distinctId: string, properties: MpProperties, drop: string[] = []): void {
  const { profiles } = h.world.mixpanel;
  const known = profiles.get(distinctId);
  if (!known) return;
  const next = Object.fromEntries(Object.entries({ ...known.properties, ...properties }).filter(([key]) => !drop.includes(key)));
  profiles.put({ distinct_id: distinctId, properties: next });
}

export const usageStopped: Mutation = (h) => {
  const { world } = h;
  const { plans } = world.mixpanel;
  const planOf = (id: string): UsagePlan | undefined => plans.get(id);
  // Silence is a company's: whoever is named stands for theirs.
  const all = { ...h, about: h.about && { person: null, company: h.about.company } };
  const chosen = somebody(all, (p) => p.distinctIds.some((id) => (planOf(id)?.level ?? 0) > 0.2 && planOf(id)?.until === null));
  const users = world.people.filter((p) => p.company === chosen.company && p.distinctIds.length > 0);
  const until = Math.min(h.at, world.anchor) - SILENT;
  for (const id of users.flatMap((p) => p.distinctIds)) {
    const plan = plans.get(id);
    if (!plan) continue;
    const stopped: UsagePlan = { ...plan, until, funnel: plan.funnel.filter((step) => step.at < until) };
    plans.put(stopped);
    const seen = lastSeen(world.usage, stopped);
    setProfile(h, id, seen === null ? {} : { $last_seen: mixpanelDate(seen) }, seen === null ? ["$last_seen"] : []);
  }
  return [
    ref.sf("Account", world.ids.salesforce.account(chosen.company!)),
    ...users.flatMap((p) => p.distinctIds.map(ref.mixpanel)),
  ];
};

export const onboardingCompleted: Mutation = (h) => {
  const { world } = h;
  const { plans, events } = world.mixpanel;
  const done = (id: string): boolean => world.mixpanel.profiles.get(id)?.properties["onboarded"] === true;
  const { Lead } = world.salesforce.tables;
  const leads = new Set([...Lead.values()].map((lead) => String(lead["Email"]).toLowerCase()));
  const isOnTheWay = ({ distinctIds: [first] }: Person): boolean =>
    first !== undefined && !done(first) && (plans.get(first)?.funnel.length ?? FUNNEL.length) < FUNNEL.length;
  const isLead = (p: Person): boolean => isOnTheWay(p) && leads.has(p.email.toLowerCase());
  // Whoever came in as a lead first: with them more is to be seen.
  const person = somebody(h, h.about === null && world.people.some(isLead) ? isLead : isOnTheWay);
  const id = person.distinctIds[0]!;
  const plan = plans.get(id)!;
  const missing = FUNNEL.slice(plan.funnel.length);
  missing.forEach((step, i) => {
    events.put(make(world.usage, plan, step, h.at - (missing.length - 1 - i) * 4 * MINUTE, {}));
  });
  setProfile(h, id, { onboarded: true, $last_seen: mixpanelDate(h.at) });
  return [ref.mixpanel(id), ...refsOf(h, person).filter((known) => known !== ref.mixpanel(id))];
};

/** Said once, written down wherever the person is known. */
export const optedOut: Mutation = (h) => {
  const { world } = h;
  const person = somebody(h, (p) => {
    const contact = world.salesforce.tables.Contact.get(world.ids.salesforce.contact(p.index));
    return !p.tags.includes("story") && contact?.["HasOptedOutOfEmail"] === false;
  });
  const contact = world.salesforce.tables.Contact.get(world.ids.salesforce.contact(person.index))!;
  touch(h, "Contact", contact, { HasOptedOutOfEmail: true });
  const user = userOf(h, person);
  touchUser(h, user, { user_fields: { ...user.user_fields, analytics_opt_out: true } });
  for (const id of person.distinctIds) setProfile(h, id, { opted_out: true, opted_out_at: iso(h.at).slice(0, 19) });
  return [ref.sf("Contact", contact.Id), ...refsOf(h, person).filter((known) => known !== ref.sf("Contact", contact.Id))];
};
