import type { ScenarioResult } from "../../control/scenario.ts";
import type { LabTenant } from "../../simulators/lab.ts";
import type { TenantWorld } from "../../world/tenant.ts";
import type { SObject, ZdTicket } from "../../world/types.ts";

/** What a scenario did, in a sentence, and the pages that show it. */
export interface ScenarioReport {
  line: string;
  /** The customer that the scenario can run for again; null for none. */
  customer: { ref: string; name: string } | null;
  links: { label: string; href: string }[];
}

/** The records that a scenario touched. */
interface Subjects {
  world: TenantWorld;
  ticket: ZdTicket | null;
  person: { ref: string; name: string } | null;
  account: { id: string; name: string } | null;
}

/** Names come from the simulated platforms and may be hostile: pages must insert them as text. */
export function describeScenario({ world }: Pick<LabTenant, "world">, { kind, tenant, refs }: ScenarioResult): ScenarioReport {
  const subjects = subjectsOf(world, refs);
  const person = subjects.person?.name ?? "A person";
  const company = subjects.account?.name ?? "a company";
  const personText = subjects.account ? `${person} of ${company}` : person;
  const zendesk = ticketLink(tenant, subjects);
  const salesforce = subjects.account ? [recordLink(tenant, "Account", subjects.account)] : [];
  const aboutPerson = { customer: subjects.person ?? accountRef(subjects), links: [...zendesk, ...salesforce] };
  const aboutCompany = { customer: accountRef(subjects), links: [...salesforce, ...zendesk] };
  switch (kind) {
    case "ticket_created":
      return { ...aboutPerson, line: `${personText} wrote: “${subjects.ticket?.subject}”.` };
    case "angry_ticket":
      return { ...aboutPerson, line: `${personText} is angry: “${subjects.ticket?.subject}”.` };
    case "ticket_solved":
      return { ...aboutPerson, line: `The ticket “${subjects.ticket?.subject}” of ${personText} was solved.` };
    case "onboarding_completed":
      return { ...aboutPerson, line: `${personText} completed the onboarding.` };
    case "opted_out":
      return { ...aboutPerson, line: `${personText} opted out of analytics.` };
    case "deal_won":
      return { ...aboutCompany, line: `${company} signed ${deal(world, refs)}.` };
    case "owner_changed":
      return { ...aboutCompany, line: `${company} now belongs to ${rowOf(world, "User", refs)?.["Name"]}.` };
    case "usage_stopped":
      return { ...aboutCompany, line: `No one at ${company} has used the product for three weeks.` };
    case "lead_created": {
      const lead = rowOf(world, "Lead", refs)!;
      const name = String(lead["Name"]);
      return { line: `${name} is a new lead.`, customer: null, links: [recordLink(tenant, "Lead", { id: lead.Id, name })] };
    }
    default:
      return { ...aboutPerson, line: kind.replaceAll("_", " ") };
  }
}

const idIn = (refs: readonly string[], prefix: string): string | undefined =>
  refs.find((ref) => ref.startsWith(prefix))?.slice(prefix.length);

const rowOf = (world: TenantWorld, object: SObject, refs: readonly string[]) =>
  world.salesforce.tables[object].get(idIn(refs, `salesforce.${object.toLowerCase()}:`) ?? "");

function subjectsOf(world: TenantWorld, refs: readonly string[]): Subjects {
  const { zendesk } = world;
  const account = rowOf(world, "Account", refs);
  const user = zendesk.users.get(Number(idIn(refs, "zendesk.user:")));
  const ticket = zendesk.tickets.get(Number(idIn(refs, "zendesk.ticket:")));
  return {
    world,
    ticket: ticket ?? (user ? newestOf(zendesk.tickets.by("requester_id", user.id)) : companyTicket(world, account?.Id)),
    person: user ? { ref: `zendesk.user:${user.id}`, name: user.name } : null,
    account: account ? { id: account.Id, name: String(account["Name"]) } : null,
  };
}

const isLive = (ticket: ZdTicket): boolean => !["closed", "deleted"].includes(ticket.status);
const newestOf = (tickets: ZdTicket[]): ZdTicket | null => tickets.filter(isLive).sort((a, b) => b.id - a.id)[0] ?? null;

/** The newest ticket of a person of the company: its panel shows the account too. */
function companyTicket(world: TenantWorld, accountId: string | undefined): ZdTicket | null {
  const { salesforce: sf, zendesk: zd } = world.ids;
  const staff = world.people.filter((p) => p.zendesk && p.company !== null && sf.account(p.company) === accountId);
  return newestOf(staff.flatMap((p) => world.zendesk.tickets.by("requester_id", zd.user(p.index))));
}

const accountRef = ({ account }: Subjects): ScenarioReport["customer"] =>
  account && { ref: `salesforce.account:${account.id}`, name: account.name };

function ticketLink(tenant: string, { ticket, world }: Subjects): ScenarioReport["links"] {
  if (!ticket) return [];
  const name = world.zendesk.users.get(ticket.requester_id)?.name;
  return [{ label: `${name ? `${name}’s` : "The"} ticket in Zendesk`, href: `/${tenant}/zendesk?ticket=${ticket.id}` }];
}

const recordLink = (tenant: string, object: string, { id, name }: { id: string; name: string }) => ({
  label: `${name} in Salesforce`,
  href: `/${tenant}/salesforce/?objectApiName=${object}&recordId=${id}`,
});

function deal(world: TenantWorld, refs: readonly string[]): string {
  const row = rowOf(world, "Opportunity", refs);
  const amount = Number(row?.["Amount"]);
  const currency = String(row?.["CurrencyIsoCode"] ?? "USD");
  const money = new Intl.NumberFormat("en-US", { style: "currency", currency, maximumFractionDigits: 0 }).format(amount);
  return `“${row?.["Name"]}” for ${money}`;
}
