import type { ZdTicket } from "../types.ts";
import { type Mutation, ref, refsOf, somebody, touch, touchTicket, touchUser, userOf } from "./tools.ts";

/** Beyond the contract's kinds: what issue 3 calls deletions and merges at the source. */
export const ticketDeleted: Mutation = (h) => {
  const live = [...h.world.zendesk.tickets.values()].filter((t) => t.status !== "deleted" && t.status !== "closed");
  const ticket = touchTicket(h, h.r.pick(live), { status: "deleted" });
  return [ref.ticket(ticket.id), ref.user(ticket.requester_id)];
};

/** Two tickets become one, best of the same person: the later is closed, with the tag that Zendesk gives such tickets. */
export const ticketMerged: Mutation = (h) => {
  const live = [...h.world.zendesk.tickets.values()].filter((t) => !["solved", "closed", "deleted"].includes(t.status));
  if (live.length < 2) throw new Error("no two open tickets are left");
  const earlier = (t: ZdTicket): ZdTicket | undefined =>
    live.find((other) => other.requester_id === t.requester_id && other.id < t.id);
  const twins = live.filter(earlier);
  const source = h.r.pick(twins.length > 0 ? twins : live.slice(1));
  const target = earlier(source) ?? live[0]!;
  touchTicket(h, source, { status: "closed", tags: [...source.tags, "closed_by_merge"], merged_into: target.id });
  touchTicket(h, target, {});
  return [ref.ticket(source.id), ref.ticket(target.id), ref.user(source.requester_id)];
};

/** Into the recycle bin: gone from queries, still there for queryAll. */
export const contactDeleted: Mutation = (h) => {
  const { tables } = h.world.salesforce;
  const person = somebody(
    h,
    (p) => !p.tags.includes("story") && tables.Contact.get(h.world.ids.salesforce.contact(p.index))?.["IsDeleted"] === false,
  );
  const id = h.world.ids.salesforce.contact(person.index);
  touch(h, "Contact", tables.Contact.get(id)!, { IsDeleted: true });
  return [ref.sf("Contact", id), ...refsOf(h, person).filter((known) => known !== ref.sf("Contact", id))];
};

/** The loser is deleted with MasterRecordId set; what hung on it hangs on the winner. */
export const accountMerged: Mutation = (h) => {
  const { tables } = h.world.salesforce;
  const live = [...tables.Account.values()].filter((a) => a["IsDeleted"] === false && a.Id !== h.world.ids.salesforce.account(0));
  const winner = h.r.pick(live);
  const loser = h.r.pick(live.filter((a) => a.Id !== winner.Id && a["ParentId"] !== winner.Id && winner["ParentId"] !== a.Id));
  for (const object of ["Contact", "Opportunity"] as const) {
    for (const row of tables[object].by("AccountId", loser.Id)) touch(h, object, row, { AccountId: winner.Id });
  }
  for (const row of [...tables.Case.values()].filter((c) => c["AccountId"] === loser.Id))
    touch(h, "Case", row, { AccountId: winner.Id });
  for (const object of ["Task", "Event"] as const) {
    for (const row of [...tables[object].values()].filter((a) => a["WhatId"] === loser.Id))
      touch(h, object, row, { WhatId: winner.Id, AccountId: winner.Id });
  }
  for (const child of [...tables.Account.values()].filter((a) => a["ParentId"] === loser.Id))
    touch(h, "Account", child, { ParentId: winner.Id });
  touch(h, "Account", loser, { IsDeleted: true, MasterRecordId: winner.Id });
  return [ref.sf("Account", loser.Id), ref.sf("Account", winner.Id)];
};

/** The loser's tickets and addresses move to the winner; the loser stays as an inactive user without address. */
export const userMerged: Mutation = (h) => {
  const zd = h.world.zendesk;
  const fits = (p: { company: number | null; tags: string[]; index: number }): boolean =>
    !p.tags.includes("story") && zd.users.get(h.world.ids.zendesk.user(p.index))?.active === true;
  const winner = somebody(h, fits);
  const loser = somebody(h, (p) => fits(p) && p.index !== winner.index);
  const [to, from] = [userOf(h, winner), userOf(h, loser)];
  for (const ticket of zd.tickets.by("requester_id", from.id))
    touchTicket(h, ticket, { requester_id: to.id, submitter_id: to.id, organization_id: to.organization_id });
  for (const identity of zd.identities.by("user_id", from.id)) zd.identities.put({ ...identity, user_id: to.id, primary: false });
  touchUser(h, from, { active: false, email: null, external_id: null, name: "Permanently Deleted User" });
  touchUser(h, to, {});
  return [ref.user(from.id), ref.user(to.id)];
};
