import { isSharedMail, registrableDomain } from "@sidelight/model/identifiers/domainName.ts";
import { canonicalEmail } from "@sidelight/model/identifiers/emailAddress.ts";
import {
  isPlaceholderEmail,
  isPlaceholderId,
  isPlaceholderName,
  isPlaceholderNumber,
} from "@sidelight/model/identifiers/placeholders.ts";
import { isRoleMailbox } from "@sidelight/model/identifiers/roleMailboxes.ts";
import { doubleMetaphone } from "double-metaphone";
import { coreCompanyName, domainLabel } from "../companyNames.ts";
import { foldText, isHandleOf, type NameWord, type PersonName, parseName } from "../names.ts";
import type { InputRecord } from "./inputRecord.ts";

export interface Mailbox {
  /** The address without a plus tag, and without dots where the provider ignores them. */
  mailbox: string;
  local: string;
  domain: string;
  /** Digits at the end of the local part. */
  number: string;
  isFreeMail: boolean;
  /** Read by the people of a function: it names no person. */
  isRole: boolean;
  /** The local part only spells the record's own name. */
  spellsName: boolean;
}

export interface PostalAddress {
  /** Words of the street line, numbers included, in order of the alphabet. */
  line: readonly string[];
  postcode: string | null;
  locality: string | null;
}

/** A record in the form that is compared. Texts are folded: lower case, ASCII. */
export interface Person {
  id: string;
  platform: string | null;
  name: PersonName;
  given: readonly NameWord[];
  family: readonly NameWord[];
  /** Named after a function, such as "Billing": its addresses are of no person. */
  isFunction: boolean;
  /** One word that may be a given name, a family name or a handle. */
  single: NameWord | null;
  emails: readonly Mailbox[];
  /** The last nine digits, the same with and without a country's code. */
  phones: readonly string[];
  /** `YYYYMMDD`, also when it is no date; null when there are no eight digits. */
  birth: string | null;
  address: PostalAddress | null;
  company: string | null;
  /** Labels of the domains that the record's company owns: `acme` of acme.com. */
  domains: readonly string[];
  ids: readonly { kind: string; id: string }[];
}

export function personOf(record: InputRecord): Person {
  const roleEmails = new Set(record.roleEmails);
  const emails = record.emails.flatMap((text) => text.split(/[;,|\n]/)).flatMap((text) => mailboxOf(text, roleEmails));
  const { given, family, single, name } = nameParts(record, emails);
  const hosts = emails.filter(({ isFreeMail }) => !isFreeMail).map(({ domain }) => domain);
  return {
    id: record.id,
    platform: record.platform,
    name,
    isFunction: isNamedAfterFunction(record),
    given,
    family,
    single,
    emails: emails.map((email) => ({ ...email, spellsName: spells(email.local, name) })),
    phones: unique(record.phones.flatMap((text) => text.split(/[;|/\n]/)).flatMap(phoneOf)),
    birth: birthOf(record.birthDate),
    address: addressOf(record.address ?? null),
    company: record.company === null || isPlaceholderName(record.company) ? null : coreCompanyName(record.company) || null,
    domains: unique(hosts.map((host) => domainLabel(registrableDomain(host) ?? host))),
    ids: record.externalIds.flatMap(({ kind, id }) => idOf(kind, id)),
  };
}

const isNamedAfterFunction = ({ givenName, familyName, name }: InputRecord): boolean =>
  givenName === null && familyName === null && name !== null && !isPlaceholderName(name) && parseName(name).words.length === 0;

interface NameParts {
  name: PersonName;
  given: readonly NameWord[];
  family: readonly NameWord[];
  single: NameWord | null;
}

function nameParts(record: InputRecord, emails: readonly Omit<Mailbox, "spellsName">[]): NameParts {
  const given = parseName(record.givenName);
  const family = parseName(record.familyName);
  if (record.givenName !== null || record.familyName !== null) {
    const generation = family.generation ?? given.generation;
    const name = { words: [...given.words, ...family.words], generation, isHandle: false };
    return { name, given: given.words, family: family.words, single: null };
  }
  const written = parseName(record.name);
  const name = withMailboxName(written, emails);
  const [first] = name.words;
  if (name.words.length < 2) return { name, given: [], family: [], single: first ?? null };
  return { name, given: name.words.slice(0, -1), family: name.words.slice(-1), single: null };
}

/** Full words from an address that contains the family name: "C. Buttrose" with calvin.buttrose@ is Calvin Buttrose. */
function withMailboxName(name: PersonName, emails: readonly Omit<Mailbox, "spellsName">[]): PersonName {
  const [first, ...others] = name.words;
  const isPartial = first === undefined || name.words.length === 1 || first.text.length === 1;
  if (!isPartial) return name;
  for (const { local, isRole } of emails) {
    if (isRole || !/^[a-z]{2,}[._-][a-z]{2,}\d*$/.test(local)) continue;
    const spelled = parseName(local);
    if (spelled.words.length !== 2) continue;
    const [given, family] = spelled.words;
    if (!first || !given || !family) return spelled;
    const last = others.at(-1) ?? first;
    if (family.key === last.key && (others.length === 0 || given.text.startsWith(first.text))) return spelled;
    if (others.length === 0 && given.key === first.key) return spelled;
  }
  return name;
}

const dotlessProviders = new Set(["gmail.com", "googlemail.com"]);

function mailboxOf(text: string, roleEmails: ReadonlySet<string>): Omit<Mailbox, "spellsName">[] {
  const address = canonicalEmail(text);
  if (address === null || isPlaceholderEmail(address)) return [];
  const separator = address.lastIndexOf("@");
  const domain = address.slice(separator + 1).replace(/^googlemail\.com$/, "gmail.com");
  const untagged = foldText(address.slice(0, separator)).replace(/(?<=.)\+.*$/, "");
  const local = dotlessProviders.has(domain) ? untagged.replaceAll(".", "") : untagged;
  return [
    {
      mailbox: `${local}@${domain}`,
      local: untagged,
      domain,
      number: /\d+$/.exec(untagged)?.[0] ?? "",
      isFreeMail: isSharedMail(domain),
      isRole: roleEmails.has(address) || isRoleMailbox(untagged),
    },
  ];
}

function spells(local: string, name: PersonName): boolean {
  const letters = local.replace(/[^a-z]/g, "");
  return (
    name.words.length > 0 &&
    (isHandleOf(letters, name) || name.words.every(({ text }) => text.length === 1 || letters.includes(text)))
  );
}

function phoneOf(text: string): string[] {
  const digits = foldText(text)
    .replace(/(ext|x|#).*$/, "")
    .replace(/\(0\)/g, "")
    .replace(/\D/g, "")
    .replace(/^0+/, "");
  return digits.length < 7 || digits.length > 15 || isPlaceholderNumber(digits) ? [] : [digits.slice(-9)];
}

/** What systems store when the date is not known. */
const placeholderDay = "19000101";

function birthOf(text: string | null): string | null {
  const digits = (text ?? "").slice(0, 10).replace(/\D/g, "");
  return digits.length === 8 && !/^(\d)\1*$/.test(digits) && digits !== placeholderDay ? digits : null;
}

function addressOf(address: InputRecord["address"] | null): PostalAddress | null {
  if (!address) return null;
  const folded = (text: string | null | undefined) => foldText(text ?? "").trim();
  const line = (folded(address.line).match(/[a-z0-9]+/g) ?? []).map((word) => streetWords[word] ?? word);
  const postcode = folded(address.postcode).replace(/[^a-z0-9]/g, "") || null;
  const locality = folded(address.locality).replace(/[^a-z0-9]/g, "") || null;
  return line.length === 0 && !postcode && !locality ? null : { line: unique(line).sort(), postcode, locality };
}

const streetWords: Record<string, string> = {
  ...{
    street: "st",
    str: "st",
    strasse: "st",
    road: "rd",
    avenue: "ave",
    av: "ave",
    place: "pl",
    drive: "dr",
    crescent: "cres",
    cr: "cres",
  },
  ...{
    court: "ct",
    circuit: "cct",
    close: "cl",
    lane: "ln",
    boulevard: "blvd",
    apartment: "apt",
    unit: "apt",
    flat: "apt",
    parade: "pde",
  },
};

function idOf(kind: string | null, text: string): { kind: string; id: string }[] {
  const id = text.trim().toLowerCase();
  if (isPlaceholderId(id)) return [];
  return [{ kind: kind ?? id.replace(/\d+/g, "0"), id: `${kind ?? ""}:${id}` }];
}

const codes = new Map<string, string>();
/** How a word sounds. */
export function soundOf(word: string): string {
  const cached = codes.get(word);
  if (cached !== undefined) return cached;
  const code = doubleMetaphone(word)[0];
  if (codes.size > 200_000) codes.clear();
  codes.set(word, code);
  return code;
}

const unique = <T>(values: readonly T[]): T[] => (values.length < 2 ? [...values] : [...new Set(values)]);
