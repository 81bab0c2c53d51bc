import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { parse as parseDomain } from "tldts";
import type { RecordKind } from "./records.ts";

/** One kind of object of a platform: the kind of record it becomes, and how its ids look. */
export interface ObjectType {
  kind: RecordKind;
  /** The canonical id, or null when `id` is not an id of this object. */
  canonicalId(id: string): string | null;
}

/** The objects of one platform that a ref can name. */
export interface ObjectCatalog {
  name: string;
  objects: Record<string, ObjectType>;
}

/** A parsed ref in canonical form. */
export type ParsedRef =
  | { kind: "object"; platform: string; object: string; id: string; ref: string }
  | { kind: "email" | "phone" | "domain"; value: string; ref: string }
  | { kind: "person" | "company"; node: string; ref: string };

export type RefProblem = { problem: string };

const longestRef = 600;
// RFC 5321 allows 64 + 1 + 255; anything with white space, quotes or control characters is no address we would search for.
const email = /^[^\s@"<>(),:;\\[\]\p{Cc}]{1,64}@[^\s@"<>(),:;\\[\]\p{Cc}]{1,255}$/u;
// ITU-T E.164 allows 15 digits; the library reads longer ones as well.
const e164 = /^\+[1-9]\d{1,14}$/;
const node = /^[A-Za-z0-9_-]{22}$/;

/** Reads a ref and brings it to canonical form: e-mails lower-cased, phones E.164, platform ids as the platform writes them. */
export function parseRef(text: string, platforms: ReadonlyMap<string, ObjectCatalog>): ParsedRef | RefProblem {
  if (text.length > longestRef) return { problem: `a ref is at most ${longestRef} characters long` };
  if (!text.isWellFormed()) return { problem: "a ref is well-formed Unicode" };
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1) return { problem: "a ref is written kind:value, as in zendesk.ticket:5158" };
  const kind = text.slice(0, colon);
  const value = text.slice(colon + 1);
  switch (kind) {
    case "email":
      return orProblem(normaliseEmail(value), "email", "not an e-mail address");
    case "phone":
      return orProblem(normalisePhone(value), "phone", "not a phone number in international form, as in +14155550100");
    case "domain":
      return orProblem(normaliseDomain(value), "domain", "not a domain name");
    case "person":
    case "company":
      return node.test(value) ? { kind, node: value, ref: `${kind}:${value}` } : { problem: `not a ${kind} id of ours` };
    default:
      return parseObjectRef(kind, value, platforms);
  }
}

function parseObjectRef(kind: string, value: string, platforms: ReadonlyMap<string, ObjectCatalog>): ParsedRef | RefProblem {
  const [name = "", object = ""] = kind.split(".", 2);
  const platform = platforms.get(name);
  const known = [...platforms.values()].flatMap((p) => Object.keys(p.objects).map((o) => `${p.name}.${o}`));
  const type = platform && Object.hasOwn(platform.objects, object) ? platform.objects[object] : undefined;
  if (!type || kind !== `${name}.${object}`) {
    return { problem: `unknown kind; known are email, phone, domain, person, company, ${known.join(", ")}` };
  }
  const id = type.canonicalId(value);
  return id ? { kind: "object", platform: name, object, id, ref: `${kind}:${id}` } : { problem: `not an id of a ${kind}` };
}

function orProblem(value: string | null, kind: "email" | "phone" | "domain", problem: string): ParsedRef | RefProblem {
  return value === null ? { problem } : { kind, value, ref: `${kind}:${value}` };
}

/** Lower-cased and trimmed; null when it isn't an address. Dots and plus tags are kept: they are different mailboxes. */
export function normaliseEmail(text: string | null | undefined): string | null {
  const value = text?.normalize("NFC").trim().toLowerCase() ?? "";
  return email.test(value) ? value : null;
}

/** E.164, or null. Without a country calling code a number names nobody for certain. */
export function normalisePhone(text: string | null | undefined): string | null {
  const number = parsePhoneNumberFromString(text ?? "")?.number;
  return number && e164.test(number) ? number : null;
}

/** The registrable domain of a host name, address or URL, lower-cased ("https://www.acme.co.uk/x" → "acme.co.uk"); null if none. */
export function normaliseDomain(text: string | null | undefined): string | null {
  const { domain, isIp, isIcann, isPrivate } = parseDomain((text ?? "").trim().toLowerCase());
  return domain && !isIp && (isIcann || isPrivate || domain.includes(".")) ? domain : null;
}

export const domainOfEmail = (address: string): string | null => normaliseDomain(address.slice(address.lastIndexOf("@") + 1));

/** "zendesk.ticket:5158" → its parts. Only for refs of our own making. */
export function splitRef(ref: string): { platform: string; object: string; id: string } {
  const dot = ref.indexOf(".");
  const colon = ref.indexOf(":");
  return { platform: ref.slice(0, dot), object: ref.slice(dot + 1, colon), id: ref.slice(colon + 1) };
}
