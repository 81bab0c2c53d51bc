import type { TenantWorld } from "./tenant.ts";
import type { Company, Person, ZdTicket } from "./types.ts";

/** Refs that show the product well, and refs that must not resolve. */
export interface Examples {
  resolved: string[];
  ambiguous: string[];
  none: string[];
  /** Accounts with subsidiaries. */
  hierarchy: string[];
}

const OPEN = new Set(["new", "open", "pending", "hold"]);

const openTickets = (world: TenantWorld, person: Person): ZdTicket[] =>
  world.zendesk.tickets.by("requester_id", world.ids.zendesk.user(person.index)).filter((t) => OPEN.has(t.status));

/** Resolves on every platform by one address, with data on each. */
function rich(world: TenantWorld, person: Person): boolean {
  const company = person.company === null ? null : world.companies[person.company]!;
  if (!company || company.arr === null || company.kind !== "Customer" || company.owner.kind !== "user") return false;
  if (
    company.orgName === null ||
    company.tags.includes("hostile-name") ||
    person.tags.some((tag) => tag !== "everywhere" && tag !== "demo")
  )
    return false;
  if (!person.salesforce || !person.zendesk || !person.mixpanel || person.distinctIds.length !== 1) return false;
  const plan = world.mixpanel.plans.get(person.distinctIds[0]!);
  return plan !== undefined && plan.level > 0.12 && plan.until === null;
}

/** No other company shares its domain or people. */
const alone = (world: TenantWorld, company: Company): boolean =>
  !world.people.some(
    (p) => (p.company === company.index || p.alsoAt?.company === company.index) && p.tags.includes("two-accounts"),
  );

/** All its people in Zendesk belong to its organization and none opted out of analytics, so that sums are simple to check. */
function plain(world: TenantWorld, company: Company): boolean {
  const { zendesk: ids } = world.ids;
  const staff = world.people.filter((p) => p.company === company.index);
  return staff.every(
    (p) =>
      !Object.values(p.optedOut).some(Boolean) &&
      (!p.zendesk || world.zendesk.users.get(ids.user(p.index))?.organization_id === ids.organization(company.index)),
  );
}

export function pickExamples(world: TenantWorld): Examples {
  const { salesforce: sf, zendesk: zd } = world.ids;
  const [hero, second] = world.people as [Person, Person];
  const urgent = openTickets(world, hero).find((t) => t.priority === "urgent") ?? openTickets(world, hero)[0]!;
  const resolved = [
    `zendesk.ticket:${urgent.id}`,
    `salesforce.account:${sf.account(0)}`,
    `zendesk.user:${zd.user(hero.index)}`,
    `salesforce.contact:${sf.contact(second.index)}`,
    `mixpanel.user:${hero.distinctIds[0]}`,
    `email:${second.email}`,
  ];
  const candidates = world.people.filter(
    (p) => p.company !== null && p.company > 2 && rich(world, p) && alone(world, world.companies[p.company]!),
  );
  const talking = candidates.filter((p) => openTickets(world, p).length > 0);
  const queue = [...talking, ...candidates.filter((p) => !talking.includes(p))];
  const usedCompanies = new Set<number>();
  const take = (currency?: string, fits: (company: Company) => boolean = () => true): Person | undefined => {
    const free = queue.filter((p) => !usedCompanies.has(p.company!) && fits(world.companies[p.company!]!));
    const person = free.find((p) => world.companies[p.company!]!.currency === currency) ?? free[0];
    if (person) usedCompanies.add(person.company!);
    return person;
  };
  const add = (person: Person | undefined, ref: (p: Person) => string | undefined): void => {
    const refOf = person && ref(person);
    if (refOf) resolved.push(refOf);
  };
  const isPlain = (company: Company): boolean => plain(world, company);
  add(take("EUR", isPlain), (p) => `salesforce.account:${sf.account(p.company!)}`);
  add(take("JPY", isPlain), (p) => `zendesk.organization:${zd.organization(p.company!)}`);
  add(take("USD"), (p) => {
    const ticket = openTickets(world, p)[0];
    return ticket ? `zendesk.ticket:${ticket.id}` : `zendesk.user:${zd.user(p.index)}`;
  });
  add(take("EUR"), (p) => `email:${p.email}`);
  add(take("USD", isPlain), (p) => `domain:${world.companies[p.company!]!.domain}`);
  add(take(), (p) => `mixpanel.user:${p.distinctIds[0]}`);
  add(take(), (p) => `salesforce.contact:${sf.contact(p.index)}`);

  const children = new Map<number, number>();
  for (const c of world.companies) if (c.parent !== null) children.set(c.parent, (children.get(c.parent) ?? 0) + 1);
  return {
    resolved,
    ambiguous: world.people
      .filter((p) => p.tags.includes("two-accounts") && p.tags.includes("only-salesforce"))
      .slice(0, 3)
      .map((p) => `email:${p.email}`),
    none: ["email:nobody@nowhere.example", "email:stranger.8841@gmail.com"],
    hierarchy: [...children.keys()]
      .sort((a, b) => a - b)
      .slice(0, 3)
      .map((i) => `salesforce.account:${sf.account(i)}`),
  };
}
