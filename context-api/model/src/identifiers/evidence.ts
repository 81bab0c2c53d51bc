import { hostOfWebsite } from "./domainName.ts";
import { canonicalEmail } from "./emailAddress.ts";
import { canonicalPhone } from "./phoneNumber.ts";
import { canonicalCrmId, canonicalUserId } from "./recordIds.ts";
import { isRoleMailbox } from "./roleMailboxes.ts";
import { visibleText } from "./text.ts";

/** Values that identify no customer of one tenant, besides those that identify none of any tenant. */
export interface EvidenceRules {
  /** Mailboxes of a function: `frontoffice` for frontoffice@, frontoffice-eu@ and frontoffice2@ of any domain. */
  roleMailboxes: readonly string[];
  ignored: {
    emails: readonly string[];
    /** These domains and everything below them name no company. */
    domains: readonly string[];
    /** With the country's calling code. */
    phones: readonly string[];
    /** Ids of users in the product, and ids of the CRM's records as other platforms store them. */
    ids: readonly string[];
  };
}

/** What a tenant's {@link EvidenceRules} say about canonical values. */
export interface Evidence {
  isRoleAddress(address: string): boolean;
  isIgnoredEmail(address: string): boolean;
  /** @param host in ASCII */
  isIgnoredHost(host: string): boolean;
  isIgnoredPhone(number: string): boolean;
  isIgnoredId(id: string): boolean;
}

export function createEvidence({ roleMailboxes, ignored }: EvidenceRules): Evidence {
  const roles = new Set(roleMailboxes.flatMap((text) => canonicalMailbox(text) ?? []));
  const emails = new Set(ignored.emails.flatMap((text) => canonicalEmail(text) ?? []));
  const hosts = new Set(ignored.domains.flatMap((text) => hostOfWebsite(text)?.replace(/^www\./, "") ?? []));
  const phones = new Set(ignored.phones.flatMap((text) => canonicalPhone(text, null) ?? []));
  const ids = new Set(ignored.ids.flatMap((text) => [canonicalUserId(text), canonicalCrmId(text)]));
  return {
    isRoleAddress: (address) => roles.size > 0 && isRoleMailbox(address.slice(0, address.lastIndexOf("@")), roles),
    isIgnoredEmail: (address) => emails.has(address),
    isIgnoredHost: (host) => hosts.size > 0 && withParents(host).some((name) => hosts.has(name)),
    isIgnoredPhone: (number) => phones.has(number),
    isIgnoredId: (id) => ids.has(id),
  };
}

/** The name of a mailbox in lower-case letters and digits, as `frontoffice` of Front-Office; null for anything else, as an address. */
export function canonicalMailbox(text: string): string | null {
  const name = visibleText(text).toLowerCase();
  return /^[\p{L}\p{N}._-]{1,64}$/u.test(name) && /\p{L}/u.test(name) ? name.replace(/[._-]/g, "") : null;
}

function withParents(host: string): string[] {
  const labels = host.split(".");
  return labels.map((_, start) => labels.slice(start).join("."));
}
