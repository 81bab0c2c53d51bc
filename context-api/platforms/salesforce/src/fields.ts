import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import type { SalesforceClient } from "./client.ts";
import type { SalesforceOptions } from "./options.ts";

export type SalesforceObject = "Account" | "Contact" | "Lead" | "Opportunity" | "Task" | "Event" | "Case";

/** What every org has, by object. Mapped fields are added to these where the org knows them. */
const standard: Record<SalesforceObject, string[]> = {
  Account: ["Name", "MasterRecordId", "ParentId", "OwnerId", "Owner.Name", "Owner.Email"],
  Contact: ["Name", "MasterRecordId", "AccountId", "Title"],
  Lead: ["Name", "MasterRecordId", "Email", "Phone", "Title", "Company", "IsConverted", "ConvertedContactId", "CreatedDate"],
  Opportunity: ["Name", "StageName", "Amount", "CloseDate", "NextStep", "IsClosed", "IsWon", "AccountId", "CreatedDate"],
  Task: ["Subject", "ActivityDate", "CreatedDate", "WhoId", "WhatId", "AccountId", "TaskSubtype"],
  Event: ["Subject", "StartDateTime", "CreatedDate", "WhoId", "WhatId", "AccountId"],
  Case: ["Subject", "Status", "Priority", "CreatedDate", "ClosedDate", "ContactId", "AccountId"],
};

/** The columns of a query on `object`: only fields that exist, so that a mapping can't break a pull. */
export async function columns(
  object: SalesforceObject,
  client: SalesforceClient,
  options: SalesforceOptions,
  call: CallOptions,
): Promise<string[]> {
  const exists = await client.fields(object, call);
  const owned = [...standard[object], ...mappedFields(object, options)];
  const known = owned.filter((f) => f.includes(".") || exists.has(f));
  return [...new Set(["Id", "SystemModstamp", "IsDeleted", ...known])];
}

/** What the mapping reads of an object. */
export function mappedFields(object: SalesforceObject, { mapping }: SalesforceOptions): string[] {
  const { account, contact } = mapping;
  const mapped: Record<SalesforceObject, (string | null)[]> = {
    Account: [account.arr, account.currency, account.renewalDate, account.plan, account.stage, account.nextStep, account.domain],
    Contact: [...contact.emails, ...contact.phones, contact.optOut, contact.productUser],
    Lead: [contact.optOut],
    Opportunity: [account.currency],
    Task: [],
    Event: [],
    Case: [],
  };
  return mapped[object].filter((f) => f !== null);
}
