import { withCanonicalEmails } from "@sidelight/model/identifiers/emailAddress.ts";
import type { Mapping } from "../options.ts";

/** Standard fields of leads, contacts, cases and person accounts, in lower case. */
const standardFields = ["email", "suppliedemail", "personemail"];

/** Values by field, with addresses in their canonical form. */
export function withEmails<T>(fields: Readonly<Record<string, T>>, { contact }: Mapping): Record<string, T | string> {
  const names = new Set([...standardFields, ...contact.emails.map((name) => name.toLowerCase())]);
  return withCanonicalEmails(fields, (name) => names.has(name.toLowerCase()));
}
