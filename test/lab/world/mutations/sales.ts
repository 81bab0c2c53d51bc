import { REPS } from "../companies.ts";
import { PROBABILITY } from "../deals.ts";
import { day, iso } from "../time.ts";
import type { SfRow } from "../types.ts";
import { FIRST, LAST, slug } from "../words.ts";
import { isAbout, type Mutation, ref, touch } from "./tools.ts";

export const dealWon: Mutation = (h) => {
  const { tables } = h.world.salesforce;
  const open = [...tables.Opportunity.values()].filter(
    (o) => o["IsClosed"] === false && o["IsDeleted"] === false && typeof o["Amount"] === "number" && isAbout(h, o["AccountId"]),
  );
  if (open.length === 0) throw new Error(h.customer ? "this customer has no open deal" : "there is no open deal");
  const deal = touch(h, "Opportunity", h.r.pick(open), {
    StageName: "Closed Won",
    IsClosed: true,
    IsWon: true,
    Probability: PROBABILITY["Closed Won"]!,
    CloseDate: day(h.at),
    NextStep: null,
  });
  const account = tables.Account.get(String(deal["AccountId"]))!;
  touch(h, "Account", account, {
    Type: "Customer",
    ARR__c: Number(account["ARR__c"] ?? 0) + Number(deal["Amount"]),
    Plan__c: account["Plan__c"] ?? "Starter",
  });
  return [ref.sf("Opportunity", deal.Id), ref.sf("Account", account.Id)];
};

export const ownerChanged: Mutation = (h) => {
  const { salesforce: sf } = h.world.ids;
  const accounts = [...h.world.salesforce.tables.Account.values()].filter(
    (a) => a["IsDeleted"] === false && a["Type"] === "Customer" && isAbout(h, a.Id),
  );
  if (accounts.length === 0) throw new Error("this customer has no account that could change its owner");
  const account = h.r.pick(accounts);
  const otherOwners = Array.from({ length: REPS - 1 }, (_, i) => sf.user(i)).filter((id) => id !== account["OwnerId"]);
  const owner = h.r.pick(otherOwners);
  touch(h, "Account", account, { OwnerId: owner });
  return [ref.sf("Account", account.Id), `salesforce.user:${owner}`];
};

export const leadCreated: Mutation = (h) => {
  const { world, r } = h;
  const table = world.salesforce.tables.Lead;
  let n = 2_000_000 + table.size;
  while (table.get(world.ids.salesforce.make("Lead", n))) n++;
  const first = r.pick(FIRST);
  const last = r.pick(LAST);
  const timestamp = iso(h.at);
  const owner = world.ids.salesforce.user(r.int(0, REPS - 2));
  const email = `${slug(first)}.${slug(last)}.${n - 2_000_000}@newlead.example`;
  const lead: SfRow = {
    Id: world.ids.salesforce.make("Lead", n),
    FirstName: first,
    LastName: last,
    Name: `${first} ${last}`,
    Company: "New Lead Trading",
    // One lead in five has no address, so not every route can use it.
    Email: r.chance(0.8) ? email : null,
    Phone: null,
    Title: "Manager",
    Status: "Open - Not Contacted",
    LeadSource: "Web",
    HasOptedOutOfEmail: false,
    OwnerId: owner,
    IsConverted: false,
    ConvertedAccountId: null,
    ConvertedContactId: null,
    MasterRecordId: null,
    CurrencyIsoCode: "USD",
    IsDeleted: false,
    CreatedDate: timestamp,
    CreatedById: owner,
    LastModifiedDate: timestamp,
    LastModifiedById: owner,
    SystemModstamp: timestamp,
  };
  table.put(lead);
  return [ref.sf("Lead", lead.Id), ...(lead["Email"] === null ? [] : [`email:${email}`])];
};
