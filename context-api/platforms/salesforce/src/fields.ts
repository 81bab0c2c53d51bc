import { attributeFieldNames } from "@sidelight/platform-kit/attributes.ts";
import { consentFieldNames } from "@sidelight/platform-kit/consent.ts";
import { externalId } from "./externalId.ts";
import type { SalesforceObject } from "./objects.ts";
import type { Mapping } from "./options.ts";

/** Standard fields by object. */
export const standardFields: Record<SalesforceObject, readonly string[]> = {
  Account: ["Name", "MasterRecordId", "ParentId", "OwnerId", "Owner.Name", "Owner.Email"],
  Contact: ["Name", "MasterRecordId", "AccountId", "Title"],
  Lead: [
    "Name",
    "MasterRecordId",
    "Email",
    "Phone",
    "Title",
    "Company",
    "LeadSource",
    "IsConverted",
    "ConvertedContactId",
    "CreatedDate",
  ],
  Opportunity: ["Name", "StageName", "Amount", "CloseDate", "NextStep", "IsClosed", "IsWon", "AccountId", "CreatedDate"],
  Task: ["Subject", "ActivityDate", "CreatedDate", "WhoId", "WhatId", "AccountId", "TaskSubtype", externalId],
  Event: ["Subject", "StartDateTime", "ActivityDate", "IsAllDayEvent", "CreatedDate", "WhoId", "WhatId", "AccountId"],
  Case: ["Subject", "Status", "Priority", "CreatedDate", "ClosedDate", "ContactId", "AccountId", externalId],
};

/** Objects with amounts. */
export const amountObjects: ReadonlySet<SalesforceObject> = new Set(["Account", "Opportunity"]);

const currencyField = "CurrencyIsoCode";

/**
 * The currency of the record that a field belongs to: `ARR__c` → `CurrencyIsoCode`, `Contract__r.Value__c` →
 * `Contract__r.CurrencyIsoCode`. An org with a single currency has no such field.
 */
export function currencyOf(field: string): string {
  const dot = field.lastIndexOf(".");
  return dot === -1 ? currencyField : `${field.slice(0, dot)}.${currencyField}`;
}

/** Fields that the mapping reads of an object. The record's own currency is none of them: many orgs have a single currency. */
export function mappedFields(object: SalesforceObject, { account, contact, lead, fields }: Mapping): string[] {
  const currency = account.currency?.toLowerCase() === currencyField.toLowerCase() ? null : account.currency;
  const fieldsByObject: Record<SalesforceObject, (string | null)[]> = {
    Account: [
      account.arr,
      currency,
      account.renewalDate,
      account.plan,
      account.stage,
      account.nextStep,
      account.domain,
      ...Object.values(fields.company),
    ],
    Contact: [
      ...[...contact.emails, ...contact.phones, ...consentFieldNames(contact.optOut), contact.productUser],
      ...attributeFieldNames(contact),
      ...Object.values(fields.person),
    ],
    Lead: [...consentFieldNames(contact.optOut), ...attributeFieldNames({ ...lead, company: null })],
    Opportunity: [],
    Task: [],
    Event: [],
    Case: [],
  };
  return fieldsByObject[object].filter((f) => f !== null);
}
