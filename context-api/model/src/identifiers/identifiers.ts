import type { Identifier } from "../records.ts";
import { isSharedMail, registrableDomain, websitesOf } from "./domainName.ts";
import { canonicalEmail, namedAddresses } from "./emailAddress.ts";
import { createEvidence, type EvidenceRules } from "./evidence.ts";
import { type Country, canonicalPhone } from "./phoneNumber.ts";
import { isPlaceholderEmail, isPlaceholderName } from "./placeholders.ts";
import { canonicalCrmId, canonicalUserId, crmPersonId } from "./recordIds.ts";

/** What a tenant's configuration says about identifiers. */
export interface IdentifierRules {
  /** Country of phone numbers without a calling code; null when they identify no customer. */
  defaultCountry: Country | null;
  /** Mail services whose domains identify no company, besides the well-known ones. */
  freeMailDomains: readonly string[];
  /** Values that identify no customer of the tenant; none when left out. */
  evidence?: EvidenceRules;
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
 * are equal texts. Placeholders, and domains that many companies share, give no identifier. What the tenant ignores gives one of an
 * own kind, so that it is counted.
 */
export interface Identifiers {
  rules: IdentifierRules;
  /** True for a canonical value that names no customer: a placeholder, the domain of a mail service, or one that the tenant ignores. */
  namesNoCustomer(kind: "email" | "phone" | "domain", value: string): boolean;
  ofPerson(values: PersonValues): PersonIdentifiers;
  ofCompany(values: CompanyValues): { domains: string[]; identifiers: Identifier[] };
}

/** What a company's record names. */
export interface CompanyValues {
  /** Hosts, addresses of websites, or texts with several of them. */
  domains: readonly (string | null | undefined)[];
  /** Id of the company's record in the CRM, as another platform stores it. */
  crmId?: unknown;
  /** For a record of the CRM: its own id. */
  ownId?: unknown;
}

const noEvidenceRules: EvidenceRules = { roleMailboxes: [], ignored: { emails: [], domains: [], phones: [], ids: [] } };

export function createIdentifiers(rules: IdentifierRules): Identifiers {
  const { defaultCountry, freeMailDomains } = rules;
  const evidence = createEvidence(rules.evidence ?? noEvidenceRules);
  const ownFreeMail = new Set(freeMailDomains.map((domain) => domain.trim().toLowerCase()));
  const isCompanyDomain = (domain: string): boolean => !isSharedMail(domain, ownFreeMail);

  return {
    rules,
    namesNoCustomer(kind, value) {
      if (kind === "email") return isPlaceholderEmail(value) || evidence.isIgnoredEmail(value);
      if (kind === "phone") return evidence.isIgnoredPhone(value);
      return !isCompanyDomain(value) || evidence.isIgnoredHost(value);
    },
    ofPerson({ emails: rawEmails, phones: rawPhones = [], productUser, crmId, distinct }) {
      const allEmails = unique(rawEmails.flatMap(eachEmail));
      const [ignoredEmails, emails] = partition(
        allEmails.filter((email) => !isPlaceholderEmail(email)),
        evidence.isIgnoredEmail,
      );
      const [roleEmails, ownEmails] = partition(emails, evidence.isRoleAddress);
      const [ignoredPhones, phones] = partition(
        unique(rawPhones.flatMap((text) => eachOf(text, (phone) => canonicalPhone(phone, defaultCountry)))),
        evidence.isIgnoredPhone,
      );
      const isCompanyHost = (host: string): boolean => isCompanyDomain(host) && !evidence.isIgnoredHost(host);
      const hosts = emails.map((email) => email.slice(email.lastIndexOf("@") + 1)).filter(isCompanyHost);
      return {
        emails,
        phones,
        identifiers: [
          ...list("email", ownEmails),
          ...list("role_email", roleEmails),
          ...list("email_domain", hosts.map(registrableDomain)),
          ...list("phone", phones),
          ...idList("product_user", [canonicalUserId(productUser)]),
          ...idList("crm_id", [canonicalCrmId(crmId), crmPersonId(productUser)]),
          ...(distinct ? list("name", [nameEvidence(distinct)]) : []),
          ...list("ignored_email", ignoredEmails),
          ...list("ignored_phone", ignoredPhones),
        ],
      };
    },
    ofCompany({ domains: rawDomains, crmId, ownId }) {
      const websites = rawDomains.flatMap((text) => websitesOf(text ?? "")).filter(({ domain }) => isCompanyDomain(domain));
      const [ignored, used] = partition(websites, ({ host }) => evidence.isIgnoredHost(host));
      const domains = unique(used.map(({ domain }) => domain));
      const ownIds = list("crm_id", [canonicalCrmId(ownId)]);
      const ignoredHosts = list(
        "ignored_domain",
        ignored.map(({ host }) => host),
      );
      return {
        domains,
        identifiers: [...list("domain", domains), ...ownIds, ...idList("crm_id", [canonicalCrmId(crmId)]), ...ignoredHosts],
      };
    },
  };

  function idList(kind: "product_user" | "crm_id", ids: readonly (string | null)[]): Identifier[] {
    const [ignoredIds, usedIds] = partition(unique(ids), evidence.isIgnoredId);
    return [...list(kind, usedIds), ...list(`ignored_${kind}`, ignoredIds)];
  }
}

function partition<T>(values: readonly T[], isMatching: (value: T) => boolean): [matching: T[], others: T[]] {
  const matching = values.filter(isMatching);
  return matching.length === 0 ? [matching, [...values]] : [matching, values.filter((value) => !isMatching(value))];
}

/** More parts than this are free text. */
const maxValues = 10;
/** A longer text is free text. */
const maxFieldLength = 2_000;

/** The addresses of a field. Between addresses, white space is enough. */
function eachEmail(text: string | null | undefined): string[] {
  const values = eachOf(text, canonicalEmail);
  if (values.length > 0 || !text || text.length > maxFieldLength) return values;
  const parts = namedAddresses(text) ?? text.trim().split(/[\s;,|]+/);
  const addresses = parts.length > maxValues ? [] : parts.map(canonicalEmail);
  return addresses.every((address) => address !== null) ? addresses : [];
}

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

/** A name in the form under which people are looked up; null when it has fewer than two words, because one names too many people. */
export function lookUpName(name: string | null): string | null {
  const evidence = nameEvidence({ name, ref: "" });
  return evidence.includes(" ") ? evidence : null;
}

const list = (kind: Identifier["kind"], values: readonly (string | null)[]): Identifier[] =>
  unique(values).map((value) => ({ kind, value }));

const unique = (values: readonly (string | null)[]): string[] => [...new Set(values.filter((value) => value !== null))];
