import { calendarDayOf } from "@sidelight/model/calendar.ts";
import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import { consentOf } from "@sidelight/model/purposes.ts";
import type { Edge, Identifier, Money, RecordInput } from "@sidelight/model/records.ts";
import { readAttributes } from "@sidelight/platform-kit/attributes.ts";
import { withdrawnPurposes } from "@sidelight/platform-kit/consent.ts";
import { readFields } from "@sidelight/platform-kit/fieldAccess.ts";
import type { Row } from "./client.ts";
import { withColumns } from "./compoundFields.ts";
import { externalId } from "./externalId.ts";
import { currencyOf as currencyFieldOf } from "./fields.ts";
import type { SalesforceObject } from "./objects.ts";
import type { Mapping } from "./options.ts";

export interface Origin {
  connection: string;
  observedAt: number;
}
type ToRecord = (row: Row, mapping: Mapping, origin: Origin) => RecordInput;

const platform = "salesforce";
const ref = (object: string, id: string) => `salesforce.${object}:${id}`;

export const toRecord: Record<SalesforceObject, ToRecord> = {
  Account: accountRecord,
  Contact: contactRecord,
  Lead: leadRecord,
  Opportunity: opportunityRecord,
  Task: taskRecord,
  Event: eventRecord,
  Case: caseRecord,
};

function accountRecord(row: Row, mapping: Mapping, origin: Origin): RecordInput {
  const { account } = mapping;
  const amount = numberOf(mappedValue(row, account.arr));
  const { domains, identifiers } = mapping.identifiers.ofCompany({
    domains: [text(mappedValue(row, account.domain))],
    ownId: recordIdOf(row),
  });
  const parent = idOf(row["ParentId"]);
  const fields = {
    arr: account.arr,
    plan: account.plan,
    stage: account.stage,
    renewalDate: account.renewalDate,
    nextStep: account.nextStep,
  };
  return {
    ...base("account", row, origin),
    identifiers: identifiersOf(row, identifiers),
    edges: [...(parent ? [{ rel: "parent" as const, to: ref("account", parent) }] : []), ...mergedInto("account", row)],
    data: {
      kind: "company",
      name: text(row["Name"]),
      domains,
      owner: ownerOf(row),
      arr: amount === null ? null : { amount, currency: arrCurrency(row, mapping) },
      plan: shownText(mappedValue(row, account.plan)),
      stage: shownText(mappedValue(row, account.stage)),
      renewalDate: calendarDayOf(text(mappedValue(row, account.renewalDate)) ?? "", mapping.dayOf),
      nextStep: shownText(mappedValue(row, account.nextStep)),
      notMapped: Object.entries(fields).flatMap(([name, field]) => (field === null ? [name] : [])),
      ...(mapping.fieldsGone?.length ? { fieldsGone: [...mapping.fieldsGone] } : {}),
      ...readFields(mapping.fields.company, (field) => mappedValue(row, field)),
    },
  };
}

function contactRecord(compoundRow: Row, mapping: Mapping, origin: Origin): RecordInput {
  const row = withColumns(compoundRow);
  const { contact } = mapping;
  const account = idOf(row["AccountId"]);
  const { emails, phones, identifiers } = mapping.identifiers.ofPerson({
    emails: contact.emails.map((field) => text(mappedValue(row, field))),
    phones: contact.phones.map((field) => text(mappedValue(row, field))),
    productUser: mappedValue(row, contact.productUser),
    crmId: recordIdOf(row),
    distinct: { name: text(row["Name"]), ref: ref("contact", recordIdOf(row)) },
  });
  return {
    ...base("contact", row, origin),
    identifiers: identifiersOf(row, identifiers),
    edges: [...(account ? [{ rel: "account" as const, to: ref("account", account) }] : []), ...mergedInto("contact", row)],
    data: {
      kind: "person",
      name: text(row["Name"]),
      emails,
      phones,
      title: text(row["Title"]),
      ...readAttributes(contact, (field) => mappedValue(row, field)),
      ...consentOf(withdrawnPurposes(contact.optOut, (field) => mappedValue(row, field) === true)),
      ...readFields(mapping.fields.person, (field) => mappedValue(row, field)),
    },
  };
}

/** A converted lead points at its contact; the record stays so that the lead's id can be found. */
function leadRecord(compoundRow: Row, mapping: Mapping, origin: Origin): RecordInput {
  const row = withColumns(compoundRow);
  const { contact, lead } = mapping;
  const convertedTo = idOf(row["ConvertedContactId"]);
  const { emails, phones, identifiers } = mapping.identifiers.ofPerson({
    emails: [text(row["Email"])],
    phones: [text(row["Phone"])],
    crmId: recordIdOf(row),
    // A converted lead is its contact, whatever its name.
    ...(convertedTo ? {} : { distinct: { name: text(row["Name"]), ref: ref("lead", recordIdOf(row)) } }),
  });
  return {
    ...base("lead", row, origin),
    identifiers: identifiersOf(row, identifiers),
    edges: [...(convertedTo ? [{ rel: "person" as const, to: ref("contact", convertedTo) }] : []), ...mergedInto("lead", row)],
    data: {
      kind: "person",
      name: text(row["Name"]),
      emails,
      phones,
      title: text(row["Title"]),
      ...readAttributes({ ...lead, company: null }, (field) => mappedValue(row, field)),
      ...consentOf(withdrawnPurposes(contact.optOut, (field) => mappedValue(row, field) === true)),
      company: text(row["Company"]),
      leadSource: text(row["LeadSource"]),
      createdAt: instant(row["CreatedDate"]),
    },
  };
}

function opportunityRecord(row: Row, mapping: Mapping, origin: Origin): RecordInput {
  const account = idOf(row["AccountId"]);
  const amount = row["Amount"];
  const isWon = row["IsWon"] === true;
  return {
    ...base("opportunity", row, origin),
    ...(account ? { subject: ref("account", account) } : {}),
    identifiers: [],
    edges: account ? [{ rel: "account", to: ref("account", account) }] : [],
    data: {
      kind: "opportunity",
      name: text(row["Name"]),
      stage: text(row["StageName"]),
      amount: typeof amount === "number" ? { amount, currency: ownCurrency(row, "Amount", mapping) } : null,
      closeDate: text(row["CloseDate"]),
      nextStep: text(row["NextStep"]),
      state: row["IsClosed"] === true ? (isWon ? "won" : "lost") : "open",
      createdAt: instant(row["CreatedDate"]),
    },
  };
}

function taskRecord(row: Row, _mapping: Mapping, origin: Origin): RecordInput {
  // The due date is a calendar day. As an instant it would be another day in half of the world.
  const activityAt = day(row["ActivityDate"]) ?? instant(row["CreatedDate"]);
  return activityRecord("task", row, text(row["TaskSubtype"]) ?? "Task", activityAt, origin);
}

function eventRecord(row: Row, _mapping: Mapping, origin: Origin): RecordInput {
  // The start of an all-day event is midnight in UTC, whatever the zone of the people who meet: only its day is right.
  const allDay = row["IsAllDayEvent"] === true ? (day(row["ActivityDate"]) ?? day(row["StartDateTime"])) : null;
  const startsAt = allDay ?? instant(row["StartDateTime"]) ?? instant(row["CreatedDate"]);
  return activityRecord("event", row, "Meeting", startsAt, origin);
}

function activityRecord(object: string, row: Row, type: string, startsAt: string | null, origin: Origin): RecordInput {
  const edges: Edge[] = [];
  // Salesforce derives AccountId from WhoId and WhatId. An account in WhatId alone counts too.
  const account = idOf(row["AccountId"]) ?? idOf(row["WhatId"], ["001"]);
  if (account) edges.push({ rel: "account", to: ref("account", account) });
  const contact = idOf(row["WhoId"], ["003"]);
  const lead = idOf(row["WhoId"], ["00Q"]);
  if (contact) edges.push({ rel: "person", to: ref("contact", contact) });
  if (lead) edges.push({ rel: "person", to: ref("lead", lead) });
  const subject = edges.at(-1)?.to;
  return {
    ...base(object, row, origin),
    ...(subject ? { subject } : {}),
    identifiers: [],
    edges,
    data: { kind: "activity", type, subject: text(row["Subject"]), ...createdBy(row), at: startsAt ?? new Date(0).toISOString() },
  };
}

function caseRecord(row: Row, _mapping: Mapping, origin: Origin): RecordInput {
  const contact = idOf(row["ContactId"], ["003"]);
  const account = idOf(row["AccountId"]);
  const edges: Edge[] = [];
  if (account) edges.push({ rel: "account", to: ref("account", account) });
  if (contact) edges.push({ rel: "person", to: ref("contact", contact) });
  const subject = edges.at(-1)?.to;
  return {
    ...base("case", row, origin),
    ...(subject ? { subject } : {}),
    identifiers: [],
    edges,
    data: {
      kind: "case",
      subject: text(row["Subject"]),
      ...createdBy(row),
      status: text(row["Status"]),
      priority: text(row["Priority"]),
      createdAt: instant(row["CreatedDate"]) ?? new Date(0).toISOString(),
      closedAt: instant(row["ClosedDate"]),
    },
  };
}

/** The external id of Sidelight's package holds the id of the delivery that created the record. */
function createdBy(row: Row): { createdBy?: string } {
  const delivery = text(row[externalId]);
  return delivery === null ? {} : { createdBy: delivery.toLowerCase() };
}

/** A record that was merged or converted is the same customer as its successor. What names its id means the successor. */
function identifiersOf(row: Row, identifiers: Identifier[]): Identifier[] {
  const crmIds = (ids: string[]) => ids.map((value): Identifier => ({ kind: "crm_id", value }));
  const master = idOf(row["MasterRecordId"]);
  if (master && row["IsDeleted"] === true) return crmIds([recordIdOf(row), master]);
  const contact = idOf(row["ConvertedContactId"], ["003"]);
  return contact ? [...identifiers, ...crmIds([contact])] : identifiers;
}

/** A merge deletes a record and names its successor: "MasterRecordId: if this object was deleted as the result of a merge, …". */
function mergedInto(object: string, row: Row): Edge[] {
  const master = idOf(row["MasterRecordId"]);
  return master ? [{ rel: "merged_into", to: ref(object, master) }] : [];
}

function base(object: string, row: Row, origin: Origin) {
  const recordRef = ref(object, recordIdOf(row));
  const stamp = Date.parse(String(row["SystemModstamp"] ?? ""));
  return {
    ref: recordRef,
    platform,
    object,
    subject: recordRef,
    changedAt: Number.isFinite(stamp) ? stamp : null,
    deleted: row["IsDeleted"] === true,
    ...origin,
  };
}

function ownerOf(row: Row) {
  const id = idOf(row["OwnerId"]);
  if (!id) return null;
  const owner = (row["Owner"] ?? {}) as Record<string, unknown>;
  // 00G is a group, here a queue. A task cannot be assigned to it.
  return {
    id,
    name: text(owner["Name"]),
    email: text(owner["Email"]),
    kind: id.startsWith("00G") ? ("queue" as const) : ("user" as const),
  };
}

/** An amount is in the currency of its record. Without one, the org has a single currency. */
const ownCurrency = (row: Row, field: string, { defaultCurrency }: Mapping): Money["currency"] =>
  currencyCode(mappedValue(row, currencyFieldOf(field))) ?? defaultCurrency;

/** The mapping may name another currency for the ARR, and only for the ARR. */
function arrCurrency(row: Row, mapping: Mapping): Money["currency"] {
  const { arr, currency } = mapping.account;
  return currencyCode(mappedValue(row, currency)) ?? ownCurrency(row, arr ?? "", mapping);
}

const currencyCode = (value: unknown): string | null => {
  const code = text(value)?.trim().toUpperCase() ?? "";
  return /^[A-Z]{3}$/.test(code) ? code : null;
};

/** The value of a field of the org; undefined when there is none. */
function mappedValue(row: Row, field: string | null): unknown {
  if (field === null) return undefined;
  const [head = "", tail] = field.split(".", 2);
  const value = Object.hasOwn(row, head) ? row[head] : undefined;
  return tail === undefined ? value : (value as Record<string, unknown> | null | undefined)?.[tail];
}

/** The query's schema has checked the id. */
const recordIdOf = ({ Id }: Row): string => salesforceId(Id) ?? Id;

function idOf(value: unknown, prefixes?: string[]): string | null {
  return typeof value === "string" ? salesforceId(value, prefixes) : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** An amount. A mapped field may be text: a formula, or a field of an import. */
function numberOf(value: unknown): number | null {
  if (typeof value === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(value)) return Number(value);
  return typeof value === "number" ? value : null;
}

/** What a mapped field shows to readers. Its type is the org's choice. */
const shownText = (value: unknown): string | null => (typeof value === "number" ? String(value) : text(value));

/** A calendar day, from a date or an instant; null for anything else. */
function day(value: unknown): string | null {
  const string = text(value);
  return string && /^\d{4}-\d\d-\d\d/.test(string) && instant(string) ? string.slice(0, 10) : null;
}

/** RFC 3339 from `2026-11-21T09:30:00.000+0000` or a date; null for anything else. */
function instant(value: unknown): string | null {
  const ms = Date.parse(String(value ?? ""));
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
