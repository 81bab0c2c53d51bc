import type { ZdTicket } from "../types.ts";
import { type Mutation, pickPerson, ref, refsOf, touch, touchTicket, touchUser, userOf } from "./tools.ts";

/** Kinds beyond the contract: deletions and merges at the platform. */
export const ticketDeleted: Mutation = (h) => {
  const live = [...h.world.zendesk.tickets.values()].filter((t) => t.status !== "deleted" && t.status !== "closed");
  const ticket = touchTicket(h, h.r.pick(live), { status: "deleted" });
  return [ref.ticket(ticket.id), ref.user(ticket.requester_id)];
};

/** Merges two tickets, preferably of one person. The later one is closed with Zendesk's tag for merged tickets. */
export const ticketMerged: Mutation = (h) => {
  const live = [...h.world.zendesk.tickets.values()].filter((t) => !["solved", "closed", "deleted"].includes(t.status));
  if (live.length < 2) throw new Error("there are no two open tickets");
  const earlier = (t: ZdTicket): ZdTicket | undefined =>
    live.find((candidate) => candidate.requester_id === t.requester_id && candidate.id < t.id);
  const twins = live.filter(earlier);
  const source = h.r.pick(twins.length > 0 ? twins : live.slice(1));
  const target = earlier(source) ?? live[0]!;
  touchTicket(h, source, { status: "closed", tags: [...source.tags, "closed_by_merge"], merged_into: target.id });
  touchTicket(h, target, {});
  return [ref.ticket(source.id), ref.ticket(target.id), ref.user(source.requester_id)];
};

/** Moves a record to the recycle bin: absent from queries, present in queryAll. */
export const contactDeleted: Mutation = (h) => {
  const { tables } = h.world.salesforce;
  const person = pickPerson(
    h,
    (p) => !p.tags.includes("demo") && tables.Contact.get(h.world.ids.salesforce.contact(p.index))?.["IsDeleted"] === false,
  );
  const id = h.world.ids.salesforce.contact(person.index);
  touch(h, "Contact", tables.Contact.get(id)!, { IsDeleted: true });
  return [ref.sf("Contact", id), ...refsOf(h, person).filter((existing) => existing !== ref.sf("Contact", id))];
};

/** Deletes the loser with MasterRecordId set. Its related records move to the winner. */
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

/** Moves the loser's tickets and addresses to the winner. The loser stays as an inactive user without an address. */
export const userMerged: Mutation = (h) => {
  const zd = h.world.zendesk;
  const fits = (p: { company: number | null; tags: string[]; index: number }): boolean =>
    !p.tags.includes("demo") && zd.users.get(h.world.ids.zendesk.user(p.index))?.active === true;
  const winner = pickPerson(h, fits);
  const loser = pickPerson(h, (p) => fits(p) && p.index !== winner.index);
  const [winnerUser, loserUser] = [userOf(h, winner), userOf(h, loser)];
  for (const ticket of zd.tickets.by("requester_id", loserUser.id))
    touchTicket(h, ticket, {
      requester_id: winnerUser.id,
      submitter_id: winnerUser.id,
      organization_id: winnerUser.organization_id,
    });
  for (const identity of zd.identities.by("user_id", loserUser.id))
    zd.identities.put({ ...identity, user_id: winnerUser.id, primary: false });
  touchUser(h, loserUser, { active: false, email: null, external_id: null, name: "Permanently Deleted User" });
  touchUser(h, winnerUser, {});
  return [ref.user(loserUser.id), ref.user(winnerUser.id)];
};
