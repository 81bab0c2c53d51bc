import type { Told } from "../../control/happening.ts";
import type { LabTenant } from "../../simulators/lab.ts";
import type { TenantWorld } from "../../world/tenant.ts";
import type { SObject, ZdTicket } from "../../world/types.ts";

/** What happened to whom, and the pages on which to see it. */
export interface Telling {
  line: string;
  /** Whom it could happen to again. */
  whom: { ref: string; name: string } | null;
  links: { label: string; href: string }[];
}

interface Cast {
  world: TenantWorld;
  ticket: ZdTicket | null;
  person: { ref: string; name: string } | null;
  account: { id: string; name: string } | null;
}

/** Names are the customers' own: whoever shows them shows them as text. */
export function tell({ world }: Pick<LabTenant, "world">, { kind, tenant, refs }: Told): Telling {
  const cast = castOf(world, refs);
  const person = cast.person?.name ?? "Somebody";
  const company = cast.account?.name ?? "a company";
  const who = cast.account ? `${person} of ${company}` : person;
  const zendesk = ticketLink(tenant, cast);
  const salesforce = cast.account ? [recordLink(tenant, "Account", cast.account)] : [];
  const both = { whom: cast.person ?? accountRef(cast), links: [...zendesk, ...salesforce] };
  const theirs = { whom: accountRef(cast), links: [...salesforce, ...zendesk] };
  switch (kind) {
    case "ticket_created":
      return { ...both, line: `${who} wrote: “${cast.ticket?.subject}”.` };
    case "angry_ticket":
      return { ...both, line: `${who} is angry: “${cast.ticket?.subject}”.` };
    case "ticket_solved":
      return { ...both, line: `The ticket “${cast.ticket?.subject}” of ${who} was solved.` };
    case "onboarding_completed":
      return { ...both, line: `${who} completed the onboarding.` };
    case "opted_out":
      return { ...both, line: `${who} no longer wants to be analysed.` };
    case "deal_won":
      return { ...theirs, line: `${company} signed ${deal(world, refs)}.` };
    case "owner_changed":
      return { ...theirs, line: `${company} now belongs to ${rowOf(world, "User", refs)?.["Name"]}.` };
    case "usage_stopped":
      return { ...theirs, line: `Nobody at ${company} has used the product for three weeks.` };
    case "lead_created": {
      const lead = rowOf(world, "Lead", refs)!;
      const name = String(lead["Name"]);
      return { line: `${name} is a new lead.`, whom: null, links: [recordLink(tenant, "Lead", { id: lead.Id, name })] };
    }
    default:
      return { ...both, line: kind.replaceAll("_", " ") };
  }
}

const idIn = (refs: readonly string[], prefix: string): string | undefined =>
  refs.find((ref) => ref.startsWith(prefix))?.slice(prefix.length);

const rowOf = (world: TenantWorld, object: SObject, refs: readonly string[]) =>
  world.salesforce.tables[object].get(idIn(refs, `salesforce.${object.toLowerCase()}:`) ?? "");

function castOf(world: TenantWorld, refs: readonly string[]): Cast {
  const { zendesk } = world;
  const account = rowOf(world, "Account", refs);
  const user = zendesk.users.get(Number(idIn(refs, "zendesk.user:")));
  const said = zendesk.tickets.get(Number(idIn(refs, "zendesk.ticket:")));
  return {
    world,
    ticket: said ?? (user ? newestOf(zendesk.tickets.by("requester_id", user.id)) : companyTicket(world, account?.Id)),
    person: user ? { ref: `zendesk.user:${user.id}`, name: user.name } : null,
    account: account ? { id: account.Id, name: String(account["Name"]) } : null,
  };
}

const isLive = (ticket: ZdTicket): boolean => !["closed", "deleted"].includes(ticket.status);
const newestOf = (tickets: ZdTicket[]): ZdTicket | null => tickets.filter(isLive).sort((a, b) => b.id - a.id)[0] ?? null;

/** A ticket of anybody at the company: its panel shows the account as well. */
function companyTicket(world: TenantWorld, accountId: string | undefined): ZdTicket | null {
  const { salesforce: sf, zendesk: zd } = world.ids;
  const staff = world.people.filter((p) => p.zendesk && p.company !== null && sf.account(p.company) === accountId);
  return newestOf(staff.flatMap((p) => world.zendesk.tickets.by("requester_id", zd.user(p.index))));
}

const accountRef = ({ account }: Cast): Telling["whom"] =>
  account && { ref: `salesforce.account:${account.id}`, name: account.name };

function ticketLink(tenant: string, { ticket, world }: Cast): Telling["links"] {
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
