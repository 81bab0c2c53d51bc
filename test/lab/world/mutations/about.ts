import type { TenantWorld } from "../tenant.ts";

/** Whom something is to happen to: a person, or anybody at a company. Both are places in the world's own lists. */
export interface About {
  person: number | null;
  company: number | null;
}

/** The customer behind a ref of any platform; null where the ref leads to nobody that the world was seeded with. */
export function aboutOf(world: TenantWorld, ref: string): About | null {
  const [kind, id] = [ref.slice(0, ref.indexOf(":")), ref.slice(ref.indexOf(":") + 1)];
  const { salesforce: sf, zendesk: zd } = world.ids;
  const person = (is: (p: TenantWorld["people"][number]) => boolean): About | null => {
    const found = world.people.find(is);
    return found ? { person: found.index, company: found.company } : null;
  };
  const company = (is: (c: TenantWorld["companies"][number]) => boolean): About | null => {
    const found = world.companies.find(is);
    return found ? { person: null, company: found.index } : null;
  };
  const account = (accountId: unknown): About | null => company((c) => sf.account(c.index) === accountId);
  const user = (userId: number | undefined): About | null => person((p) => p.zendesk && zd.user(p.index) === userId);
  switch (kind) {
    case "zendesk.ticket":
      return user(world.zendesk.tickets.get(Number(id))?.requester_id);
    case "zendesk.user":
      return user(Number(id));
    case "zendesk.organization":
      return company((c) => zd.organization(c.index) === Number(id));
    case "salesforce.account":
      return account(id);
    case "salesforce.contact":
      return person((p) => p.salesforce && (sf.contact(p.index) === id || sf.contact(p.index, true) === id));
    case "salesforce.opportunity":
      return account(world.salesforce.tables.Opportunity.get(id)?.["AccountId"]);
    case "salesforce.case":
      return account(world.salesforce.tables.Case.get(id)?.["AccountId"]);
    case "mixpanel.user":
      return person((p) => p.distinctIds.includes(id));
    case "email":
      return person((p) => [p.email, ...p.moreEmails].some((email) => email.toLowerCase() === id.toLowerCase()));
    case "domain":
      return company((c) => c.domain === id);
    default:
      return null;
  }
}
