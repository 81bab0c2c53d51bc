import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import type { SalesforceClient } from "./client.ts";
import type { SalesforceObject } from "./objects.ts";
import type { SalesforceOptions } from "./options.ts";

/** Standard fields by object. Mapped fields are added when the org has them. */
const standardFields: Record<SalesforceObject, string[]> = {
  Account: ["Name", "MasterRecordId", "ParentId", "OwnerId", "Owner.Name", "Owner.Email"],
  Contact: ["Name", "MasterRecordId", "AccountId", "Title"],
  Lead: ["Name", "MasterRecordId", "Email", "Phone", "Title", "Company", "IsConverted", "ConvertedContactId", "CreatedDate"],
  Opportunity: ["Name", "StageName", "Amount", "CloseDate", "NextStep", "IsClosed", "IsWon", "AccountId", "CreatedDate"],
  Task: ["Subject", "ActivityDate", "CreatedDate", "WhoId", "WhatId", "AccountId", "TaskSubtype"],
  Event: ["Subject", "StartDateTime", "CreatedDate", "WhoId", "WhatId", "AccountId"],
  Case: ["Subject", "Status", "Priority", "CreatedDate", "ClosedDate", "ContactId", "AccountId"],
};

/** The columns of a query on `object`: only existing fields, so that a wrong mapping cannot break a pull. */
export async function columns(
  object: SalesforceObject,
  client: SalesforceClient,
  options: SalesforceOptions,
  call: CallOptions,
): Promise<string[]> {
  const existing = await client.fields(object, call);
  const fieldNames = [...standardFields[object], ...mappedFields(object, options)];
  const available = fieldNames.filter((f) => f.includes(".") || existing.has(f));
  return [...new Set(["Id", "SystemModstamp", "IsDeleted", ...available])];
}

/** Fields that the mapping reads of an object. */
export function mappedFields(object: SalesforceObject, { mapping }: SalesforceOptions): string[] {
  const { account, contact } = mapping;
  const fieldsByObject: Record<SalesforceObject, (string | null)[]> = {
    Account: [account.arr, account.currency, account.renewalDate, account.plan, account.stage, account.nextStep, account.domain],
    Contact: [...contact.emails, ...contact.phones, contact.optOut, contact.productUser],
    Lead: [contact.optOut],
    Opportunity: [account.currency],
    Task: [],
    Event: [],
    Case: [],
  };
  return fieldsByObject[object].filter((f) => f !== null);
}
