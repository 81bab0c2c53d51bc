import type { FieldAccess, PlatformFields } from "@sidelight/platform-kit/fieldAccess.ts";

/** Standard members of users and organizations that can be kept. An address is an identity of its own, and not among them. */
const standardFields: Record<FieldObject, readonly string[]> = {
  user: ["name", "phone", "notes", "details", "alias", "locale", "time_zone"],
  organization: ["notes", "details"],
};

export type FieldObject = "user" | "organization";

const prefix = /^(user|organization)_fields\./;
const customKey = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

/** True for a member of the object itself. All other names are keys of custom fields. */
const isStandard = (object: FieldObject, field: string): boolean => standardFields[object].includes(field);

/** The value of `phone`, `job_title` or `user_fields.job_title`; undefined for a custom field that the account lacks. */
export function valueOfField(
  object: FieldObject,
  members: Readonly<Record<string, unknown>>,
  customFields: Readonly<Record<string, unknown>> | null | undefined,
  field: string,
): unknown {
  if (isStandard(object, field)) return members[field] ?? null;
  const key = field.replace(prefix, "");
  return customFields && Object.hasOwn(customFields, key) ? customFields[key] : undefined;
}

/** The members of an update that sets the fields. */
export function updateOf(object: FieldObject, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(fields);
  const custom = entries
    .filter(([field]) => !isStandard(object, field))
    .map(([field, value]) => [field.replace(prefix, ""), value]);
  return {
    ...Object.fromEntries(entries.filter(([field]) => isStandard(object, field))),
    ...(custom.length > 0 ? { [`${object}_fields`]: Object.fromEntries(custom) } : {}),
  };
}

/** Keys of custom fields. */
export const customKeysOf = (object: FieldObject, fields: readonly string[]): string[] =>
  fields.filter((field) => !isStandard(object, field)).map((field) => field.replace(prefix, ""));

const access = (object: FieldObject): FieldAccess => ({
  object,
  action: `set-${object}-fields`,
  input: (id, field, value) => ({ [object]: id, fields: { [field]: value } }),
  problemOf({ field }) {
    if (field === "email") return "an address of a Zendesk user is an identity and no field; Sidelight writes none";
    return customKey.test(field.replace(prefix, "")) ? null : `${field} is not the key of a ${object} field`;
  },
});

export const zendeskFields: PlatformFields = {
  person: access("user"),
  company: access("organization"),
  presets: {
    phone: { kind: "person", field: "phone" },
    jobTitle: { kind: "person", field: "job_title" },
    plan: { kind: "company", field: "plan" },
    supportTier: { kind: "company", field: "support_tier", isOwner: true },
    onboarded: { kind: "person", field: "onboarded" },
  },
};
