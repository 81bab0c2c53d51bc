import { QUEUES, REPS } from "./companies.ts";
import { PREFIX, salesforceId } from "./ids.ts";
import { asTyped } from "./phones.ts";
import { hash, type Rng, rng } from "./prng.ts";
import { DAY, HOUR, iso, MINUTE } from "./time.ts";
import type { Company, Person, SfRow, SfValue, SObject } from "./types.ts";
import { FIRST, LAST, slug } from "./words.ts";

/** Inputs for the seed of one tenant. */
export interface Seeding {
  tenant: string;
  seed: number;
  anchor: number;
  companies: Company[];
  people: Person[];
}

export interface SalesforceIds {
  organization: string;
  integrationUser: string;
  user(i: number): string;
  queue(i: number): string;
  account(i: number): string;
  contact(i: number, second?: boolean): string;
  make(object: SObject, n: number): string;
}

const STRIDE: Record<string, number> = {
  Account: 13,
  Contact: 7,
  Lead: 11,
  Opportunity: 17,
  Task: 5,
  Event: 5,
  Case: 19,
  User: 3,
  Group: 3,
};

export function salesforceIds(tenant: string): SalesforceIds {
  const pod = tenant === "acme" ? "5g" : tenant === "globex" ? "Hs" : "7X";
  const base = 31_415_926;
  const make = (object: SObject, n: number): string => salesforceId(PREFIX[object], pod, base + n * STRIDE[object]!);
  return {
    make,
    organization: salesforceId(PREFIX.Organization, pod, base),
    integrationUser: make("User", REPS),
    user: (i) => make("User", i),
    queue: (i) => make("Group", i),
    account: (i) => make("Account", i),
    contact: (i, second = false) => make("Contact", i * 2 + (second ? 1 : 0)),
  };
}

/** Audit fields of a row: created, then last modified later, never in the last minutes before the anchor. */
export function audit(r: Rng, anchor: number, createdAt: number, userId: string, owner: string): Record<string, SfValue> {
  const latest = anchor - 10 * MINUTE;
  const created = Math.min(createdAt, latest - HOUR);
  const modifiedAt = r.chance(0.3) ? latest - r.int(0, 20 * 24) * HOUR : created + r.int(0, 40) * HOUR;
  const last = iso(Math.min(Math.max(modifiedAt, created), latest));
  return {
    CreatedDate: iso(created),
    CreatedById: userId,
    LastModifiedDate: last,
    LastModifiedById: owner,
    SystemModstamp: last,
    IsDeleted: false,
  };
}

export const ownerOf = (ids: SalesforceIds, owner: Company["owner"]): string =>
  owner.kind === "queue" ? ids.queue(owner.index) : ids.user(owner.index);

export function users(s: Seeding, ids: SalesforceIds): SfRow[] {
  const rows: SfRow[] = [];
  for (let i = 0; i <= REPS; i++) {
    const r = rng(hash(s.seed, s.tenant, "rep", i));
    const [first, last] = i === REPS ? ["Sidelight", "Integration"] : [r.pick(FIRST), r.pick(LAST)];
    const email = `${slug(first!)}.${slug(last!)}@${s.tenant}.example`;
    rows.push({
      Id: ids.user(i),
      Username: `${email}.${s.tenant}`,
      Email: email,
      FirstName: first!,
      LastName: last!,
      Name: `${first} ${last}`,
      Alias: slug(first!).slice(0, 8),
      Title: i === REPS ? "Integration" : r.pick(["Account Executive", "Account Manager", "Customer Success Manager"]),
      Phone: null,
      IsActive: i !== REPS - 1,
      UserType: "Standard",
      ...audit(r, s.anchor, s.anchor - 900 * DAY, ids.user(REPS), ids.user(REPS)),
    });
  }
  return rows;
}

export function queues(s: Seeding, ids: SalesforceIds): SfRow[] {
  const names = ["EMEA Pool", "Small Business Queue", "Unassigned Accounts"];
  return Array.from({ length: QUEUES }, (_, i) => ({
    Id: ids.queue(i),
    Name: names[i]!,
    DeveloperName: names[i]!.replaceAll(" ", "_"),
    Type: "Queue",
    Email: `${slug(names[i]!)}@${s.tenant}.example`,
    ...audit(rng(hash(s.seed, "queue", i)), s.anchor, s.anchor - 900 * DAY, ids.user(REPS), ids.user(REPS)),
  }));
}

export function accounts(s: Seeding, ids: SalesforceIds): SfRow[] {
  return s.companies.map((c) => {
    const r = rng(hash(s.seed, s.tenant, "account", c.index));
    const owner = ownerOf(ids, c.owner);
    return {
      Id: ids.account(c.index),
      Name: c.name,
      Type: c.kind,
      Industry: c.industry,
      Website: r.chance(0.9) || c.index === 0 ? `https://www.${c.domain}` : c.domain,
      Phone: r.chance(0.5) ? c.phone : asTyped(c.phone),
      ParentId: c.parent === null ? null : ids.account(c.parent),
      OwnerId: owner,
      BillingCountry: c.country,
      NumberOfEmployees: r.int(8, 4000),
      AnnualRevenue: null,
      Description: null,
      CurrencyIsoCode: c.currency,
      ARR__c: c.arr,
      Renewal_Date__c: c.renewal,
      Plan__c: c.plan,
      Next_Step__c: c.nextStep,
      MasterRecordId: null,
      ...audit(r, s.anchor, c.createdAt, ids.user(0), owner.startsWith("005") ? owner : ids.user(0)),
    };
  });
}

export function contacts(s: Seeding, ids: SalesforceIds): SfRow[] {
  const rows: SfRow[] = [];
  for (const p of s.people) {
    if (!p.salesforce) continue;
    rows.push(contact(s, ids, p, p.company, `${p.first} ${p.last}`, false));
    if (p.alsoAt) rows.push(contact(s, ids, p, p.alsoAt.company, p.alsoAt.name, true));
  }
  return rows;
}

function contact(s: Seeding, ids: SalesforceIds, p: Person, company: number | null, name: string, second: boolean): SfRow {
  const r = rng(hash(s.seed, s.tenant, "contact", p.index, second ? 1 : 0));
  const home = company === null ? null : s.companies[company]!;
  const owner = home && home.owner.kind === "user" ? ids.user(home.owner.index) : ids.user(r.int(0, REPS - 1));
  const space = name.indexOf(" ");
  // LastName has 80 characters and Name 121. Salesforce would not store a longer one.
  const first = name.slice(0, space).slice(0, 40);
  const last = name.slice(space + 1).slice(0, 80);
  return {
    Id: ids.contact(p.index, second),
    FirstName: first,
    LastName: last,
    Name: `${first} ${last}`,
    AccountId: home ? ids.account(home.index) : null,
    Email: r.chance(0.1) ? upper(p.email) : p.email,
    Secondary_Email__c: p.moreEmails[0] ?? null,
    Phone: second ? null : p.phone && r.chance(0.3) ? asTyped(p.phone) : p.phone,
    MobilePhone: null,
    Title: p.title,
    ...(second ? {} : homeOf(s, p, home)),
    HasOptedOutOfEmail: p.optedOut.salesforce,
    OwnerId: owner,
    CurrencyIsoCode: home?.currency ?? "USD",
    LeadSource: r.pick(["Web", "Referral", "Event", null]),
    MasterRecordId: null,
    ...audit(r, s.anchor, p.createdAt, owner, owner),
  };
}

/** Few contacts have a birth date, and some a postal address. */
function homeOf(s: Seeding, p: Person, company: Company | null): Record<string, SfValue> {
  const r = rng(hash(s.seed, s.tenant, "home", p.index));
  const year = r.int(1950, 2003);
  const day = `${year}-${String(r.int(1, 12)).padStart(2, "0")}-${String(r.int(1, 28)).padStart(2, "0")}`;
  const hasBirthDate = r.chance(0.15);
  const hasAddress = r.chance(0.4);
  return {
    Birthdate: hasBirthDate ? day : null,
    MailingStreet: hasAddress ? `${r.int(1, 140)} ${r.pick(STREETS)}` : null,
    MailingCity: hasAddress ? r.pick(CITIES) : null,
    MailingPostalCode: hasAddress ? String(r.int(10_000, 98_999)) : null,
    MailingCountry: hasAddress ? (company?.country ?? "US") : null,
  };
}

const STREETS = ["High Street", "Station Road", "Mill Lane", "Church Street", "Park Avenue", "Riverside Drive"];
const CITIES = ["Riverton", "Ashford", "Kingsport", "Lakewood", "Fairview", "Milton"];

/** Some people type their address with capitals. It is the same address. */
const upper = (email: string): string => email.charAt(0).toUpperCase() + email.slice(1);

export function leads(s: Seeding, ids: SalesforceIds): SfRow[] {
  const count = Math.max(4, Math.round(s.people.length * 0.05));
  const strangers = s.people.filter((p) => p.company === null && !p.salesforce);
  return Array.from({ length: count }, (_, i) => {
    const r = rng(hash(s.seed, s.tenant, "lead", i));
    const stranger = strangers[i];
    const [first, last] = stranger ? [stranger.first, stranger.last] : [r.pick(FIRST), r.pick(LAST)];
    const owner = r.chance(0.25) ? ids.queue(1) : ids.user(r.int(0, REPS - 1));
    return {
      Id: ids.make("Lead", i),
      FirstName: first,
      LastName: last,
      Name: `${first} ${last}`,
      Company: r.pick(["Freelance", "Stealth Startup", "Riverside Clinic", "Common Ground Cafe"]),
      Email: stranger?.email ?? `${slug(first)}.${slug(last)}.${i}@lead-${i}.example`,
      Phone: stranger?.phone ?? null,
      Title: r.pick(["Founder", "Manager", null]),
      Status: r.pick(["Open - Not Contacted", "Working - Contacted", "Closed - Not Converted"]),
      LeadSource: r.pick(["Web", "Event", "Referral"]),
      HasOptedOutOfEmail: i % 17 === 5,
      OwnerId: owner,
      IsConverted: false,
      ConvertedAccountId: null,
      ConvertedContactId: null,
      CurrencyIsoCode: "USD",
      MasterRecordId: null,
      ...audit(r, s.anchor, s.anchor - r.int(3, 200) * DAY, ids.user(REPS), ids.user(REPS)),
    };
  });
}
