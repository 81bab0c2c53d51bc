import type { TenantWorld } from "../tenant.ts";

/** The customer of a scenario: a person, or anyone at a company. Both are indexes into the world's lists. */
export interface Customer {
  person: number | null;
  company: number | null;
}

/** The customer of a platform's ref. Null when it is not a seeded customer. */
export function customerOf(world: TenantWorld, ref: string): Customer | null {
  const [kind, id] = [ref.slice(0, ref.indexOf(":")), ref.slice(ref.indexOf(":") + 1)];
  const { salesforce: sf, zendesk: zd } = world.ids;
  const person = (is: (p: TenantWorld["people"][number]) => boolean): Customer | null => {
    const person = world.people.find(is);
    return person ? { person: person.index, company: person.company } : null;
  };
  const company = (is: (c: TenantWorld["companies"][number]) => boolean): Customer | null => {
    const company = world.companies.find(is);
    return company ? { person: null, company: company.index } : null;
  };
  const account = (accountId: unknown): Customer | null => company((c) => sf.account(c.index) === accountId);
  const user = (userId: number | undefined): Customer | null => person((p) => p.zendesk && zd.user(p.index) === userId);
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
