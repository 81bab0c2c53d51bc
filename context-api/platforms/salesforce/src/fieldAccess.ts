import type { FieldAccess, PlatformFields } from "@sidelight/platform-kit/fieldAccess.ts";

const fieldName = /^[A-Za-z][A-Za-z0-9_]{0,79}$/;
/** Fields that Salesforce fills, and references to other records. */
const unwritable = /^(Id|Name|IsDeleted|CreatedDate|CreatedById|LastModified\w*|SystemModstamp|MasterRecordId|\w+Id)$/i;

const access = (object: "contact" | "account"): FieldAccess => ({
  object,
  action: "set-fields",
  input: (id, field, value) => ({ object, id, fields: { [field]: value } }),
  problemOf({ field, isWritten }) {
    if (!fieldName.test(field)) return `${field} is not the API name of a field`;
    // The name of a contact is put together from its parts.
    const isWritable = !unwritable.test(field) || (object === "account" && /^Name$/i.test(field));
    return isWritten && !isWritable ? `Salesforce does not let ${field} be written` : null;
  },
});

/** Contacts and accounts. Leads have the fields of contacts only after their conversion. */
export const salesforceFields: PlatformFields = {
  person: access("contact"),
  company: access("account"),
  presets: {
    phone: { kind: "person", field: "Phone", isOwner: true },
    jobTitle: { kind: "person", field: "Title", isOwner: true },
    plan: { kind: "company", field: "Plan__c", isOwner: true },
    supportTier: { kind: "company", field: "Support_Tier__c" },
    onboarded: { kind: "person", field: "Onboarded__c" },
  },
};
