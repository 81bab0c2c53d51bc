import { isFreeMail } from "@sidelight/model/freeMail.ts";
import type { Edge, Identifier, Money, RecordInput } from "@sidelight/model/records.ts";
import { domainOfEmail, normalizeDomain, normalizeEmail, normalizePhone } from "@sidelight/model/refs.ts";
import type { Row } from "./client.ts";
import type { SalesforceObject } from "./objects.ts";
import type { SalesforceOptions } from "./options.ts";
import { canonicalId } from "./soql.ts";

type Mapping = SalesforceOptions["mapping"];
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
  const id = recordIdOf(row);
  const domain = normalizeDomain(text(mappedValue(row, account.domain)));
  const amount = mappedValue(row, account.arr);
  const identifiers: Identifier[] = [{ kind: "crm_id", value: id }];
  if (domain && !isFreeMail(domain)) identifiers.push({ kind: "domain", value: domain });
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
    identifiers,
    edges: [...(parent ? [{ rel: "parent" as const, to: ref("account", parent) }] : []), ...mergedInto("account", row)],
    data: {
      kind: "company",
      name: text(row["Name"]),
      domains: domain ? [domain] : [],
      owner: ownerOf(row),
      arr: typeof amount === "number" ? { amount, currency: currencyOf(row, mapping) } : null,
      plan: text(mappedValue(row, account.plan)),
      stage: text(mappedValue(row, account.stage)),
      renewalDate: day(mappedValue(row, account.renewalDate)),
      nextStep: text(mappedValue(row, account.nextStep)),
      notMapped: Object.entries(fields).flatMap(([name, field]) =>
        field === null || mappedValue(row, field) === undefined ? [name] : [],
      ),
    },
  };
}

function contactRecord(row: Row, { contact }: Mapping, origin: Origin): RecordInput {
  const emails = unique(contact.emails.map((f) => normalizeEmail(text(mappedValue(row, f)))));
  const phones = unique(contact.phones.map((f) => normalizePhone(text(mappedValue(row, f)))));
  const productUser = text(mappedValue(row, contact.productUser));
  const account = idOf(row["AccountId"]);
  const identifiers = personIdentifiers(emails, phones);
  if (productUser) identifiers.push({ kind: "product_user", value: productUser });
  return {
    ...base("contact", row, origin),
    identifiers,
    edges: [...(account ? [{ rel: "account" as const, to: ref("account", account) }] : []), ...mergedInto("contact", row)],
    data: {
      kind: "person",
      name: text(row["Name"]),
      emails,
      phones,
      title: text(row["Title"]),
      optedOut: mappedValue(row, contact.optOut) === true,
    },
  };
}

/** A converted lead points at its contact; the record stays so that the lead's id can be found. */
function leadRecord(row: Row, { contact }: Mapping, origin: Origin): RecordInput {
  const emails = unique([normalizeEmail(text(row["Email"]))]);
  const phones = unique([normalizePhone(text(row["Phone"]))]);
  const convertedTo = idOf(row["ConvertedContactId"]);
  return {
    ...base("lead", row, origin),
    identifiers: personIdentifiers(emails, phones),
    edges: [...(convertedTo ? [{ rel: "person" as const, to: ref("contact", convertedTo) }] : []), ...mergedInto("lead", row)],
    data: {
      kind: "person",
      name: text(row["Name"]),
      emails,
      phones,
      title: text(row["Title"]),
      optedOut: mappedValue(row, contact.optOut) === true,
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
      amount: typeof amount === "number" ? { amount, currency: currencyOf(row, mapping) } : null,
      closeDate: text(row["CloseDate"]),
      nextStep: text(row["NextStep"]),
      state: row["IsClosed"] === true ? (isWon ? "won" : "lost") : "open",
      createdAt: instant(row["CreatedDate"]),
    },
  };
}

function taskRecord(row: Row, _mapping: Mapping, origin: Origin): RecordInput {
  const activityAt = instant(row["ActivityDate"]) ?? instant(row["CreatedDate"]);
  return activityRecord("task", row, text(row["TaskSubtype"]) ?? "Task", activityAt, origin);
}

function eventRecord(row: Row, _mapping: Mapping, origin: Origin): RecordInput {
  return activityRecord("event", row, "Meeting", instant(row["StartDateTime"]) ?? instant(row["CreatedDate"]), origin);
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
    data: { kind: "activity", type, subject: text(row["Subject"]), at: startsAt ?? new Date(0).toISOString() },
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
      status: text(row["Status"]),
      priority: text(row["Priority"]),
      createdAt: instant(row["CreatedDate"]) ?? new Date(0).toISOString(),
      closedAt: instant(row["ClosedDate"]),
    },
  };
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

function personIdentifiers(emails: string[], phones: string[]): Identifier[] {
  const domains = unique(emails.map(domainOfEmail)).filter((d) => !isFreeMail(d));
  return [
    ...emails.map((value) => ({ kind: "email" as const, value })),
    ...domains.map((value) => ({ kind: "email_domain" as const, value })),
    ...phones.map((value) => ({ kind: "phone" as const, value })),
  ];
}

function currencyOf(row: Row, mapping: Mapping): Money["currency"] {
  return text(mappedValue(row, mapping.account.currency)) ?? mapping.defaultCurrency;
}

/** The value of a mapped field; undefined when it is not mapped or the org lacks it. */
function mappedValue(row: Row, field: string | null): unknown {
  if (field === null) return undefined;
  const [head = "", tail] = field.split(".", 2);
  const value = row[head];
  return tail === undefined ? value : (value as Record<string, unknown> | null | undefined)?.[tail];
}

/** The query's schema has checked the id. */
const recordIdOf = ({ Id }: Row): string => canonicalId(Id) ?? Id;

function idOf(value: unknown, prefixes?: string[]): string | null {
  return typeof value === "string" ? canonicalId(value, prefixes) : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

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

function unique(values: (string | null)[]): string[] {
  return [...new Set(values.filter((v) => v !== null))];
}
