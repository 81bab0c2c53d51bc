import type { Rng } from "../prng.ts";
import type { TenantWorld } from "../tenant.ts";
import { iso } from "../time.ts";
import type { Person, SfRow, SfValue, SObject, ZdMetrics, ZdTicket, ZdUser } from "../types.ts";
import type { Customer } from "./customer.ts";

/** Input of a mutation. */
export interface ScenarioContext {
  world: TenantWorld;
  r: Rng;
  /** ms */
  at: number;
  /** Null: any customer. */
  customer: Customer | null;
}

/** Refs of all touched records, the main one first. */
export type Mutation = (h: ScenarioContext) => string[];

export const ref = {
  ticket: (id: number): string => `zendesk.ticket:${id}`,
  user: (id: number): string => `zendesk.user:${id}`,
  organization: (id: number): string => `zendesk.organization:${id}`,
  sf: (object: SObject, id: string): string => `salesforce.${object.toLowerCase()}:${id}`,
  mixpanel: (id: string): string => `mixpanel.user:${id}`,
};

/** A row changed now, by a person in Salesforce. */
export function touch(h: ScenarioContext, object: SObject, row: SfRow, fields: Record<string, SfValue>): SfRow {
  const stamp = iso(h.at);
  const userId =
    typeof row["OwnerId"] === "string" && row["OwnerId"].startsWith("005") ? row["OwnerId"] : h.world.ids.salesforce.user(0);
  const next: SfRow = { ...row, ...fields, LastModifiedDate: stamp, LastModifiedById: userId, SystemModstamp: stamp, Id: row.Id };
  h.world.salesforce.tables[object].put(next);
  return next;
}

export function touchTicket(h: ScenarioContext, ticket: ZdTicket, fields: Partial<ZdTicket>): ZdTicket {
  const next: ZdTicket = { ...ticket, ...fields, updated_at: iso(h.at), generated_timestamp: Math.floor(h.at / 1000) };
  h.world.zendesk.tickets.put(next);
  return next;
}

export const touchUser = (h: ScenarioContext, user: ZdUser, fields: Partial<ZdUser>): void =>
  h.world.zendesk.users.put({ ...user, ...fields, updated_at: iso(h.at) });

/** Whether an account belongs to the customer. */
export const isAbout = ({ customer, world }: ScenarioContext, accountId: unknown): boolean =>
  customer === null || (customer.company !== null && accountId === world.ids.salesforce.account(customer.company));

/** Present on every platform, at a company, without a special case: changes are easy to see there. */
export function pickPerson(h: ScenarioContext, fits: (p: Person) => boolean = () => true): Person {
  const { customer } = h;
  const candidates = h.world.people.filter(
    (p) =>
      (customer === null || (customer.person === null ? p.company === customer.company : p.index === customer.person)) &&
      p.company !== null &&
      p.salesforce &&
      p.zendesk &&
      p.mixpanel &&
      p.tags.every((tag) => tag === "everywhere" || tag === "demo") &&
      fits(p),
  );
  if (candidates.length === 0)
    throw new Error(customer ? "this scenario is not possible for this customer" : "there is no suitable customer in this world");
  return h.r.pick(candidates);
}

export const userOf = (h: ScenarioContext, p: Person): ZdUser => h.world.zendesk.users.get(h.world.ids.zendesk.user(p.index))!;

/** Refs of a person and their company. */
export function refsOf(h: ScenarioContext, p: Person): string[] {
  const { salesforce: sf, zendesk: zd } = h.world.ids;
  return [
    ...(p.zendesk ? [ref.user(zd.user(p.index))] : []),
    ...(p.salesforce ? [ref.sf("Contact", sf.contact(p.index))] : []),
    ...(p.company === null ? [] : [ref.sf("Account", sf.account(p.company))]),
    ...p.distinctIds.map(ref.mixpanel),
    `email:${p.email.toLowerCase()}`,
  ];
}

export const newMetrics = (h: ScenarioContext, ticket: number): ZdMetrics => ({
  id: h.world.ids.zendesk.make("metric", ticket),
  ticket_id: ticket,
  created_at: iso(h.at),
  updated_at: iso(h.at),
  solved_at: null,
  assigned_at: null,
  replies: 0,
  reopens: 0,
  reply: null,
  firstResolution: null,
  fullResolution: null,
  agentWait: 0,
  requesterWait: 0,
  onHold: 0,
});
