import type { SfRow, SfValue, SObject } from "../../world/types.ts";

export type FieldType =
  | "id"
  | "string"
  | "textarea"
  | "picklist"
  | "email"
  | "phone"
  | "url"
  | "boolean"
  | "currency"
  | "percent"
  | "double"
  | "int"
  | "date"
  | "datetime"
  | "reference";

export interface Field {
  name: string;
  type: FieldType;
  length: number;
  required: boolean;
  writable: boolean;
  externalId: boolean;
  /** Values of a restricted picklist. */
  values: string[] | null;
  references: SObject[];
  relationship: string | null;
  /** A formula: computed when it is read. It moves no stamp, and no client can write it. */
  formula?: ((row: SfRow) => SfValue) | undefined;
}

type Spec = Partial<Omit<Field, "name" | "type">>;
const field = (name: string, type: FieldType, spec: Spec = {}): Field => ({
  name,
  type,
  length: type === "email" ? 80 : type === "phone" ? 40 : type === "id" || type === "reference" ? 18 : 255,
  required: false,
  writable: true,
  externalId: false,
  values: null,
  references: [],
  relationship: null,
  ...spec,
});
const READ_ONLY: Spec = { writable: false };
const fieldsOf = (type: FieldType, ...names: string[]): Field[] => names.map((name) => field(name, type));
const ref = (name: string, relationship: string | null, references: SObject[], spec: Spec = {}): Field =>
  field(name, "reference", { relationship, references, ...spec });

const CURRENCY = field("CurrencyIsoCode", "picklist", { length: 3, values: ["USD", "EUR", "JPY"] });
/** Fields of every object. */
export const SYSTEM: Field[] = [
  field("Id", "id", READ_ONLY),
  field("IsDeleted", "boolean", READ_ONLY),
  field("CreatedDate", "datetime", READ_ONLY),
  ref("CreatedById", "CreatedBy", ["User"], READ_ONLY),
  field("LastModifiedDate", "datetime", READ_ONLY),
  ref("LastModifiedById", "LastModifiedBy", ["User"], READ_ONLY),
  field("SystemModstamp", "datetime", READ_ONLY),
];
const EXTERNAL = field("Sidelight_External_Id__c", "string", { length: 64, externalId: true });
/** In the lab's world a queue can own an account. In an org only some objects allow it. */
const OWNER = ref("OwnerId", "Owner", ["User", "Group"]);
const OWNED_BY_USER = ref("OwnerId", "Owner", ["User"]);
const PERSON = [
  field("FirstName", "string", { length: 40 }),
  field("LastName", "string", { length: 80, required: true }),
  field("Name", "string", { length: 121, writable: false }),
];
/** A postal address, and the column of each part. A query for the address itself is not simulated. */
const addressFields = (prefix: string): Field[] => [
  field(`${prefix}Street`, "textarea"),
  field(`${prefix}City`, "string", { length: 40 }),
  field(`${prefix}State`, "string", { length: 80 }),
  field(`${prefix}PostalCode`, "string", { length: 20 }),
  field(`${prefix}Country`, "string", { length: 80 }),
];
const ACTIVITY = [
  field("Subject", "string"),
  field("Description", "textarea", { length: 32_000 }),
  ref("WhoId", "Who", ["Contact", "Lead"]),
  ref("WhatId", "What", ["Account", "Opportunity", "Case"]),
  ref("AccountId", "Account", ["Account"], READ_ONLY),
  OWNED_BY_USER,
  field("ActivityDate", "date"),
  field("Type", "picklist"),
  CURRENCY,
];

export const FIELDS: Record<SObject, Field[]> = {
  Account: [
    field("Name", "string", { required: true }),
    ...fieldsOf("picklist", "Type", "Industry", "Plan__c"),
    field("Website", "url"),
    ...fieldsOf("phone", "Phone"),
    ref("ParentId", "Parent", ["Account"]),
    OWNER,
    field("BillingCountry", "string", { length: 80 }),
    field("NumberOfEmployees", "int"),
    ...fieldsOf("currency", "AnnualRevenue", "ARR__c"),
    field("Description", "textarea", { length: 32_000 }),
    field("Renewal_Date__c", "date"),
    field("Next_Step__c", "string"),
    field("Sidelight_Open_Tickets__c", "double"),
    field("Sidelight_Satisfaction__c", "double"),
    field("Sidelight_Last_Active__c", "date"),
    field("Sidelight_Sessions_30d__c", "double"),
    field("Sidelight_Health__c", "double"),
    field("Sidelight_Highest_Priority__c", "picklist", { values: ["urgent", "high", "normal", "low"] }),
    ref("MasterRecordId", "MasterRecord", ["Account"], READ_ONLY),
    CURRENCY,
  ],
  Contact: [
    ...PERSON,
    ref("AccountId", "Account", ["Account"]),
    ...fieldsOf("email", "Email", "Secondary_Email__c"),
    ...fieldsOf("phone", "Phone", "MobilePhone"),
    field("Title", "string", { length: 128 }),
    field("Birthdate", "date"),
    ...["Mailing", "Other"].flatMap(addressFields),
    field("HasOptedOutOfEmail", "boolean"),
    OWNED_BY_USER,
    field("LeadSource", "picklist"),
    ref("MasterRecordId", "MasterRecord", ["Contact"], READ_ONLY),
    CURRENCY,
  ],
  Lead: [
    ...PERSON,
    field("Company", "string", { required: true }),
    field("Email", "email"),
    ...fieldsOf("phone", "Phone"),
    field("Title", "string", { length: 128 }),
    ...addressFields(""),
    ...fieldsOf("picklist", "Status", "LeadSource"),
    field("HasOptedOutOfEmail", "boolean"),
    OWNER,
    field("IsConverted", "boolean", READ_ONLY),
    ref("ConvertedAccountId", "ConvertedAccount", ["Account"], READ_ONLY),
    ref("ConvertedContactId", "ConvertedContact", ["Contact"], READ_ONLY),
    ref("MasterRecordId", "MasterRecord", ["Lead"], READ_ONLY),
    CURRENCY,
  ],
  Opportunity: [
    field("Name", "string", { length: 120, required: true }),
    ref("AccountId", "Account", ["Account"]),
    OWNED_BY_USER,
    field("StageName", "picklist", { required: true }),
    field("Amount", "currency"),
    field("Probability", "percent"),
    field("CloseDate", "date", { required: true }),
    field("IsClosed", "boolean", READ_ONLY),
    field("IsWon", "boolean", READ_ONLY),
    field("NextStep", "string"),
    field("Type", "picklist"),
    field("Description", "textarea", { length: 32_000 }),
    CURRENCY,
  ],
  Case: [
    field("CaseNumber", "string", { length: 30, writable: false }),
    field("Subject", "string"),
    field("Description", "textarea", { length: 32_000 }),
    ref("AccountId", "Account", ["Account"]),
    ref("ContactId", "Contact", ["Contact"]),
    OWNER,
    ...fieldsOf("picklist", "Status", "Priority", "Origin", "Type"),
    field("IsClosed", "boolean", READ_ONLY),
    field("ClosedDate", "datetime", READ_ONLY),
    field("SuppliedEmail", "email"),
    ref("MasterRecordId", "MasterRecord", ["Case"], READ_ONLY),
    EXTERNAL,
    CURRENCY,
  ],
  Task: [
    ...ACTIVITY,
    ...fieldsOf("picklist", "Status", "Priority", "TaskSubtype"),
    field("IsClosed", "boolean", READ_ONLY),
    field("CompletedDateTime", "datetime", READ_ONLY),
    EXTERNAL,
  ],
  Event: [
    ...ACTIVITY,
    ...fieldsOf("datetime", "ActivityDateTime", "StartDateTime", "EndDateTime"),
    field("DurationInMinutes", "int"),
    field("Location", "string"),
    field("IsAllDayEvent", "boolean"),
  ],
  User: [
    field("Username", "string", { length: 80 }),
    field("Email", "email", { length: 128 }),
    ...PERSON,
    field("Alias", "string", { length: 8 }),
    field("Title", "string", { length: 80 }),
    ...fieldsOf("phone", "Phone"),
    field("IsActive", "boolean"),
    field("UserType", "picklist"),
  ],
  Group: [
    field("Name", "string", { length: 40 }),
    field("DeveloperName", "string", { length: 80 }),
    field("Type", "picklist"),
    field("Email", "email"),
  ],
};
