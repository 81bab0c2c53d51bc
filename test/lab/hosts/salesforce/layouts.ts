/** Page layouts: the fields and related lists on the record page of each object. */
export type FieldType = "text" | "money" | "day" | "email" | "owner" | "account" | "number" | "boolean";
export interface Field {
  name: string;
  label: string;
  type: FieldType;
}
export interface RelatedList {
  title: string;
  icon: string;
  object: string;
  /** The field that refers to the record on screen or to its account, depending on `of`. */
  by: string;
  of: "Id" | "AccountId";
  fields: Field[];
  order: string;
}
export interface Layout {
  label: string;
  icon: string;
  title: string;
  highlights: string[];
  fields: Field[];
  related: RelatedList[];
}

const field = (name: string, label: string, type: FieldType = "text"): Field => ({ name, label, type });
const owner = field("OwnerId", "Owner", "owner");

const contacts: RelatedList = {
  title: "Contacts",
  icon: "standard:contact",
  object: "Contact",
  by: "AccountId",
  of: "Id",
  fields: [field("Name", "Name"), field("Title", "Title"), field("Email", "Email", "email")],
  order: "Name",
};
const opportunities: RelatedList = {
  title: "Opportunities",
  icon: "standard:opportunity",
  object: "Opportunity",
  by: "AccountId",
  of: "Id",
  fields: [
    field("Name", "Name"),
    field("StageName", "Stage"),
    field("Amount", "Amount", "money"),
    field("CloseDate", "Close date", "day"),
  ],
  order: "CloseDate DESC",
};
const cases: RelatedList = {
  title: "Cases",
  icon: "standard:case",
  object: "Case",
  by: "AccountId",
  of: "Id",
  fields: [field("Subject", "Subject"), field("Status", "Status"), field("Priority", "Priority")],
  order: "CreatedDate DESC",
};

export const layouts: Record<string, Layout> = {
  Account: {
    label: "Account",
    icon: "standard:account",
    title: "Name",
    highlights: ["Type", "Phone", "Website", "OwnerId", "Industry"],
    fields: [
      field("Name", "Account Name"),
      owner,
      field("ParentId", "Parent Account", "account"),
      field("Type", "Type"),
      field("Industry", "Industry"),
      field("Website", "Website"),
      field("Phone", "Phone"),
      field("NumberOfEmployees", "Employees", "number"),
      field("BillingCountry", "Billing Country"),
    ],
    related: [contacts, opportunities, cases],
  },
  Contact: {
    label: "Contact",
    icon: "standard:contact",
    title: "Name",
    highlights: ["Title", "AccountId", "Phone", "Email", "OwnerId"],
    fields: [
      field("Name", "Name"),
      owner,
      field("AccountId", "Account Name", "account"),
      field("Title", "Title"),
      field("Email", "Email", "email"),
      field("Phone", "Phone"),
      field("LeadSource", "Lead Source"),
      field("HasOptedOutOfEmail", "Email Opt Out", "boolean"),
    ],
    related: [
      { ...opportunities, of: "AccountId" },
      { ...cases, by: "ContactId" },
    ],
  },
  Lead: {
    label: "Lead",
    icon: "standard:lead",
    title: "Name",
    highlights: ["Title", "Company", "Phone", "Email", "Status"],
    fields: [
      field("Name", "Name"),
      owner,
      field("Company", "Company"),
      field("Title", "Title"),
      field("Email", "Email", "email"),
      field("Phone", "Phone"),
      field("Status", "Lead Status"),
      field("LeadSource", "Lead Source"),
    ],
    related: [],
  },
  Opportunity: {
    label: "Opportunity",
    icon: "standard:opportunity",
    title: "Name",
    highlights: ["AccountId", "CloseDate", "Amount", "StageName", "OwnerId"],
    fields: [
      field("Name", "Opportunity Name"),
      owner,
      field("AccountId", "Account Name", "account"),
      field("StageName", "Stage"),
      field("Amount", "Amount", "money"),
      field("CloseDate", "Close Date", "day"),
    ],
    related: [{ ...opportunities, title: "Opportunities of this account", of: "AccountId" }],
  },
  Case: {
    label: "Case",
    icon: "standard:case",
    title: "Subject",
    highlights: ["Status", "Priority", "ContactId", "AccountId", "OwnerId"],
    fields: [
      field("Subject", "Subject"),
      owner,
      field("AccountId", "Account Name", "account"),
      field("Status", "Status"),
      field("Priority", "Priority"),
      field("Origin", "Case Origin"),
    ],
    related: [{ ...cases, title: "Cases of this account", of: "AccountId" }],
  },
};
