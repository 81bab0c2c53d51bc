import { REPS } from "./companies.ts";
import { salesUser } from "./deals.ts";
import { DEMO_CUSTOMERS } from "./demoCustomer.ts";
import { hash, type Rng, rng } from "./prng.ts";
import { audit, type SalesforceIds, type Seeding } from "./salesforce.ts";
import { DAY, day, HOUR, iso } from "./time.ts";
import type { SfRow } from "./types.ts";

const CALLS = [
  "Call: renewal",
  "Call: onboarding check-in",
  "Email: usage report",
  "Email: quote",
  "Follow up on the open ticket",
  "Send contract",
  "Call back",
];
const MEETINGS = ["Quarterly review", "Product demo", "Kick-off", "Steering meeting", "Training session"];

export function activities(
  s: Seeding,
  ids: SalesforceIds,
  deals: readonly SfRow[],
  count: number,
): { tasks: SfRow[]; events: SfRow[] } {
  const tasks: SfRow[] = [];
  const events: SfRow[] = [];
  const contactsAt = new Map<number, number[]>();
  for (const p of s.people) {
    if (p.salesforce && p.company !== null) contactsAt.set(p.company, [...(contactsAt.get(p.company) ?? []), p.index]);
  }
  const demo = DEMO_CUSTOMERS[s.tenant] ?? DEMO_CUSTOMERS["acme"]!;
  for (const a of demo.activities) {
    const r = rng(hash(s.seed, s.tenant, "story-activity", a.subject));
    const contactId = ids.contact(0);
    const timestamp = s.anchor - a.daysAgo * DAY - 3 * HOUR;
    if (a.kind === "Task")
      tasks.push(
        task(s, ids, tasks.length, r, contactId, ids.account(0), ids.user(0), a.subject, timestamp, "Completed", a.text),
      );
    else events.push(meeting(s, ids, events.length, r, contactId, ids.account(0), ids.user(0), a.subject, timestamp, a.text));
  }
  for (let i = tasks.length + events.length; i < count; i++) {
    const r = rng(hash(s.seed, s.tenant, "activity", i));
    const c = s.companies[r.int(1, s.companies.length - 1)]!;
    const contactId = contactsAt.get(c.index);
    const whoId = contactId && r.chance(0.8) ? ids.contact(r.pick(contactId)) : null;
    const deal = r.chance(0.35) ? deals[r.int(0, deals.length - 1)]! : null;
    const whatId = deal && deal["AccountId"] === ids.account(c.index) ? deal.Id : ids.account(c.index);
    const owner = salesUser(ids, c, r);
    const timestamp = s.anchor - r.int(0, 365) * DAY - r.int(1, 20) * HOUR;
    if (r.chance(0.72)) {
      const future = r.chance(0.12);
      const dueAt = future ? s.anchor + r.int(0, 20) * DAY : timestamp;
      tasks.push(
        task(s, ids, tasks.length, r, whoId, whatId, owner, r.pick(CALLS), dueAt, future ? "Not Started" : "Completed", null),
      );
    } else events.push(meeting(s, ids, events.length, r, whoId, whatId, owner, r.pick(MEETINGS), timestamp, null));
  }
  return { tasks, events };
}

type Ref = string | null;

function task(
  s: Seeding,
  ids: SalesforceIds,
  n: number,
  r: Rng,
  contactId: Ref,
  relatedId: Ref,
  owner: string,
  subject: string,
  timestamp: number,
  status: string,
  text: string | null,
): SfRow {
  return {
    Id: ids.make("Task", n),
    Subject: subject,
    Description: text,
    WhoId: contactId,
    WhatId: relatedId,
    AccountId: relatedId?.startsWith("001") ? relatedId : null,
    OwnerId: owner,
    ActivityDate: day(timestamp),
    Status: status,
    Priority: "Normal",
    TaskSubtype: subject.startsWith("Call") ? "Call" : subject.startsWith("Email") ? "Email" : "Task",
    Type: null,
    IsClosed: status === "Completed",
    CompletedDateTime: status === "Completed" ? iso(timestamp) : null,
    Sidelight_External_Id__c: null,
    CurrencyIsoCode: "USD",
    ...audit(r, s.anchor, Math.min(timestamp, s.anchor) - DAY, owner, owner),
  };
}

function meeting(
  s: Seeding,
  ids: SalesforceIds,
  n: number,
  r: Rng,
  contactId: Ref,
  relatedId: Ref,
  owner: string,
  subject: string,
  timestamp: number,
  text: string | null,
): SfRow {
  return {
    Id: ids.make("Event", n),
    Subject: subject,
    Description: text,
    WhoId: contactId,
    WhatId: relatedId,
    AccountId: relatedId?.startsWith("001") ? relatedId : null,
    OwnerId: owner,
    ActivityDate: day(timestamp),
    ActivityDateTime: iso(timestamp),
    StartDateTime: iso(timestamp),
    EndDateTime: iso(timestamp + HOUR),
    DurationInMinutes: 60,
    Location: null,
    Type: null,
    IsAllDayEvent: false,
    CurrencyIsoCode: "USD",
    ...audit(r, s.anchor, timestamp - 5 * DAY, owner, owner),
  };
}

export function cases(s: Seeding, ids: SalesforceIds): SfRow[] {
  const count = Math.max(3, Math.round(s.companies.length * 0.4));
  const contacts = s.people.filter((p) => p.salesforce && p.company !== null);
  return Array.from({ length: count }, (_, i) => {
    const r = rng(hash(s.seed, s.tenant, "case", i));
    const p = r.pick(contacts);
    const owner = r.chance(0.3) ? ids.queue(2) : ids.user(r.int(0, REPS - 1));
    const isClosed = r.chance(0.7);
    const created = s.anchor - r.int(1, 300) * DAY;
    return {
      Id: ids.make("Case", i),
      CaseNumber: String(1000 + i).padStart(8, "0"),
      Subject: r.pick(["Contract question", "Invoice mismatch", "Escalation from support", "Data processing agreement"]),
      Description: null,
      AccountId: ids.account(p.company!),
      ContactId: ids.contact(p.index),
      OwnerId: owner,
      Status: isClosed ? "Closed" : r.pick(["New", "Working", "Escalated"]),
      Priority: r.pick(["High", "Medium", "Low"]),
      Origin: r.pick(["Email", "Phone", "Web"]),
      Type: null,
      IsClosed: isClosed,
      ClosedDate: isClosed ? iso(created + 4 * DAY) : null,
      SuppliedEmail: null,
      Sidelight_External_Id__c: null,
      CurrencyIsoCode: "USD",
      MasterRecordId: null,
      ...audit(r, s.anchor, created, ids.user(REPS), ids.user(REPS)),
    };
  });
}
