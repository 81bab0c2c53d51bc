import type { Identifier } from "../records.ts";
import { domainsOfWebsite, isSharedMail, registrableDomain } from "./domainName.ts";
import { canonicalEmail } from "./emailAddress.ts";
import { type Country, canonicalPhone } from "./phoneNumber.ts";
import { isPlaceholderEmail, isPlaceholderName } from "./placeholders.ts";
import { canonicalCrmId, canonicalUserId, crmPersonId } from "./recordIds.ts";

/** What a tenant's configuration says about identifiers. */
export interface IdentifierRules {
  /** Country of phone numbers without a calling code; null when they identify no customer. */
  defaultCountry: Country | null;
  /** Mail services whose domains identify no company, besides the well-known ones. */
  freeMailDomains: readonly string[];
}

/** What a person's record names. Addresses and numbers may be raw. */
export interface PersonValues {
  emails: readonly (string | null | undefined)[];
  phones?: readonly (string | null | undefined)[];
  /** Id of the user in the product. Where people of the CRM are the users, it is the id of a contact or lead, and names that record. */
  productUser?: unknown;
  /** Id of the person's record in the CRM. */
  crmId?: unknown;
  /** For a source that keeps one record for each person: records with different names are different people. */
  distinct?: { name: string | null; ref: string };
}

export interface PersonIdentifiers {
  emails: string[];
  phones: string[];
  identifiers: Identifier[];
}

/**
 * The canonical form of every kind of identifier. Values of all platforms, refs and webhooks go through it, so that equal identifiers
 * are equal texts. Placeholders, and domains that many companies share, give no identifier.
 */
export interface Identifiers {
  rules: IdentifierRules;
  /** True for a canonical address or domain that names no customer: a placeholder, or the domain of a mail service. */
  namesNoCustomer(kind: "email" | "phone" | "domain", value: string): boolean;
  ofPerson(values: PersonValues): PersonIdentifiers;
  /** @param domains hosts, addresses of websites, or texts with several of them */
  ofCompany(values: { domains: readonly (string | null | undefined)[]; crmId?: unknown }): {
    domains: string[];
    identifiers: Identifier[];
  };
}

export function createIdentifiers(rules: IdentifierRules): Identifiers {
  const { defaultCountry, freeMailDomains } = rules;
  const ownFreeMail = new Set(freeMailDomains.map((domain) => domain.trim().toLowerCase()));
  const isCompanyDomain = (domain: string): boolean => !isSharedMail(domain, ownFreeMail);

  return {
    rules,
    namesNoCustomer: (kind, value) =>
      kind === "email" ? isPlaceholderEmail(value) : kind === "domain" && !isCompanyDomain(value),
    ofPerson({ emails: rawEmails, phones: rawPhones = [], productUser, crmId, distinct }) {
      const emails = unique(rawEmails.flatMap((text) => eachOf(text, canonicalEmail))).filter(
        (email) => !isPlaceholderEmail(email),
      );
      const phones = unique(rawPhones.flatMap((text) => eachOf(text, (phone) => canonicalPhone(phone, defaultCountry))));
      const hosts = emails.map((email) => email.slice(email.lastIndexOf("@") + 1)).filter(isCompanyDomain);
      return {
        emails,
        phones,
        identifiers: [
          ...list("email", emails),
          ...list("email_domain", hosts.map(registrableDomain)),
          ...list("phone", phones),
          ...list("product_user", [canonicalUserId(productUser)]),
          ...list("crm_id", [canonicalCrmId(crmId), crmPersonId(productUser)]),
          ...(distinct ? list("name", [nameEvidence(distinct)]) : []),
        ],
      };
    },
    ofCompany({ domains: rawDomains, crmId }) {
      const domains = unique(rawDomains.flatMap((text) => domainsOfWebsite(text ?? ""))).filter(isCompanyDomain);
      return { domains, identifiers: [...list("domain", domains), ...list("crm_id", [canonicalCrmId(crmId)])] };
    },
  };
}

/** More parts than this are free text. */
const maxValues = 10;

/** The canonical form of a value, or of each part of a field with several of them: `ada@acme.com; ada@acme.fr`. */
function eachOf(text: string | null | undefined, canonical: (value: string) => string | null): string[] {
  const value = canonical(text ?? "");
  if (value !== null) return [value];
  const parts = (text ?? "").split(/[;,|/\n]/).filter((part) => part.trim() !== "");
  const values = parts.length > maxValues ? [] : parts.map(canonical);
  return values.every((part) => part !== null) ? values : [];
}

const honorifics = new Set(["mr", "mrs", "ms", "miss", "dr", "prof", "sir", "herr", "frau", "mme", "monsieur", "madame"]);

/**
 * A name in a form that equals for spellings of one name: "Lovelace, Ada" and "Dr. Ada B. Lovelace". A record without a usable name is
 * a person of its own.
 */
export function nameEvidence({ name, ref }: { name: string | null; ref: string }): string {
  if (name === null || isPlaceholderName(name)) return ref;
  const words =
    name
      .normalize("NFKD")
      .toLowerCase()
      .replace(/\p{M}/gu, "")
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const significant = words.filter((word) => word.length > 1 && !honorifics.has(word));
  return (significant.length > 0 ? significant : words).sort().join(" ") || ref;
}

const list = (kind: Identifier["kind"], values: readonly (string | null)[]): Identifier[] =>
  unique(values).map((value) => ({ kind, value }));

const unique = (values: readonly (string | null)[]): string[] => [...new Set(values.filter((value) => value !== null))];
