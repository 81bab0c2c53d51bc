import type { Rng } from "../prng.ts";
import type { TenantWorld } from "../tenant.ts";
import { iso } from "../time.ts";
import type { Person, SfRow, SfValue, SObject, ZdMetrics, ZdTicket, ZdUser } from "../types.ts";
import type { About } from "./about.ts";

/** What a mutation works with. */
export interface Happening {
  world: TenantWorld;
  r: Rng;
  /** ms */
  at: number;
  /** Null: to anybody. */
  about: About | null;
}

/** Refs of everything it touched, the thing itself first. */
export type Mutation = (h: Happening) => string[];

export const ref = {
  ticket: (id: number): string => `zendesk.ticket:${id}`,
  user: (id: number): string => `zendesk.user:${id}`,
  organization: (id: number): string => `zendesk.organization:${id}`,
  sf: (object: SObject, id: string): string => `salesforce.${object.toLowerCase()}:${id}`,
  mixpanel: (id: string): string => `mixpanel.user:${id}`,
};

/** A row changed now, by a person in Salesforce. */
export function touch(h: Happening, object: SObject, row: SfRow, fields: Record<string, SfValue>): SfRow {
  const stamp = iso(h.at);
  const by =
    typeof row["OwnerId"] === "string" && row["OwnerId"].startsWith("005") ? row["OwnerId"] : h.world.ids.salesforce.user(0);
  const next: SfRow = { ...row, ...fields, LastModifiedDate: stamp, LastModifiedById: by, SystemModstamp: stamp, Id: row.Id };
  h.world.salesforce.tables[object].put(next);
  return next;
}

export function touchTicket(h: Happening, ticket: ZdTicket, fields: Partial<ZdTicket>): ZdTicket {
  const next: ZdTicket = { ...ticket, ...fields, updated_at: iso(h.at), generated_timestamp: Math.floor(h.at / 1000) };
  h.world.zendesk.tickets.put(next);
  return next;
}

export const touchUser = (h: Happening, user: ZdUser, fields: Partial<ZdUser>): void =>
  h.world.zendesk.users.put({ ...user, ...fields, updated_at: iso(h.at) });

/** Whether an account is among those it may happen to. */
export const isAbout = ({ about, world }: Happening, accountId: unknown): boolean =>
  about === null || (about.company !== null && accountId === world.ids.salesforce.account(about.company));

/** Known everywhere, at a company, untouched by the special cases: where news is seen best. */
export function somebody(h: Happening, fits: (p: Person) => boolean = () => true): Person {
  const { about } = h;
  const candidates = h.world.people.filter(
    (p) =>
      (about === null || (about.person === null ? p.company === about.company : p.index === about.person)) &&
      p.company !== null &&
      p.salesforce &&
      p.zendesk &&
      p.mixpanel &&
      p.tags.every((tag) => tag === "everywhere" || tag === "story") &&
      fits(p),
  );
  if (candidates.length === 0) throw new Error(about ? "it can't happen to this customer" : "nobody in this world fits");
  return h.r.pick(candidates);
}

export const userOf = (h: Happening, p: Person): ZdUser => h.world.zendesk.users.get(h.world.ids.zendesk.user(p.index))!;

/** The refs under which a person and their company are known. */
export function refsOf(h: Happening, p: Person): string[] {
  const { salesforce: sf, zendesk: zd } = h.world.ids;
  return [
    ...(p.zendesk ? [ref.user(zd.user(p.index))] : []),
    ...(p.salesforce ? [ref.sf("Contact", sf.contact(p.index))] : []),
    ...(p.company === null ? [] : [ref.sf("Account", sf.account(p.company))]),
    ...p.distinctIds.map(ref.mixpanel),
    `email:${p.email.toLowerCase()}`,
  ];
}

export const newMetrics = (h: Happening, ticket: number): ZdMetrics => ({
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
