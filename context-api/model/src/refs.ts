import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { parse as parseDomain } from "tldts";
import type { RecordKind } from "./records.ts";

/** An object type of a platform: its record kind and the format of its ids. */
export interface ObjectType {
  kind: RecordKind;
  /** The canonical id; null when `id` is not an id of this object. */
  canonicalId(id: string): string | null;
}

/** The objects of a platform that a ref can name. */
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

const maxRefLength = 600;
// RFC 5321 allows 64 + 1 + 255 characters. White space, quotes and control characters are not supported.
const email = /^[^\s@"<>(),:;\\[\]\p{Cc}]{1,64}@[^\s@"<>(),:;\\[\]\p{Cc}]{1,255}$/u;
// ITU-T E.164 allows 15 digits; the library accepts longer numbers.
const e164 = /^\+[1-9]\d{1,14}$/;
const node = /^[A-Za-z0-9_-]{22}$/;

/** Parses a ref into canonical form: e-mail addresses in lower case, phone numbers in E.164, ids as the platform writes them. */
export function parseRef(text: string, platforms: ReadonlyMap<string, ObjectCatalog>): ParsedRef | RefProblem {
  if (text.length > maxRefLength) return { problem: `a ref has at most ${maxRefLength} characters` };
  if (!text.isWellFormed()) return { problem: "a ref must be well-formed Unicode" };
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1) return { problem: "a ref has the format kind:value, as in email:ada@example.com" };
  const kind = text.slice(0, colon);
  const value = text.slice(colon + 1);
  switch (kind) {
    case "email":
      return valueOrProblem(normalizeEmail(value), "email", "not an e-mail address");
    case "phone":
      return valueOrProblem(normalizePhone(value), "phone", "not a phone number in international form, as in +14155550100");
    case "domain":
      return valueOrProblem(normalizeDomain(value), "domain", "not a domain name");
    case "person":
    case "company":
      return node.test(value)
        ? { kind, node: value, ref: `${kind}:${value}` }
        : { problem: `a ${kind} ref takes an id from an answer of Sidelight` };
    default:
      return parseObjectRef(kind, value, platforms);
  }
}

function parseObjectRef(kind: string, value: string, platforms: ReadonlyMap<string, ObjectCatalog>): ParsedRef | RefProblem {
  const [name = "", object = ""] = kind.split(".", 2);
  const platform = platforms.get(name);
  const kinds = [...platforms.values()].flatMap((p) => Object.keys(p.objects).map((o) => `${p.name}.${o}`));
  const type = platform && Object.hasOwn(platform.objects, object) ? platform.objects[object] : undefined;
  if (!type || kind !== `${name}.${object}`) {
    return { problem: `unknown kind; use email, phone, domain, person, company, ${kinds.join(", ")}` };
  }
  const id = type.canonicalId(value);
  return id
    ? { kind: "object", platform: name, object, id, ref: `${kind}:${id}` }
    : { problem: `the id of a ${kind} has another format; copy it from the platform` };
}

function valueOrProblem(value: string | null, kind: "email" | "phone" | "domain", problem: string): ParsedRef | RefProblem {
  return value === null ? { problem } : { kind, value, ref: `${kind}:${value}` };
}

/** Lower-cased and trimmed; null when it is not an e-mail address. Dots and plus tags are kept: they name different mailboxes. */
export function normalizeEmail(text: string | null | undefined): string | null {
  const value = text?.normalize("NFC").trim().toLowerCase() ?? "";
  return email.test(value) ? value : null;
}

/** E.164, or null. A number without a country calling code is ambiguous and gives null. */
export function normalizePhone(text: string | null | undefined): string | null {
  const number = parsePhoneNumberFromString(text ?? "")?.number;
  return number && e164.test(number) ? number : null;
}

/** The registrable domain of a host name, e-mail address or URL ("https://www.acme.co.uk/x" → "acme.co.uk"); null when there is none. */
export function normalizeDomain(text: string | null | undefined): string | null {
  const { domain, isIp, isIcann, isPrivate } = parseDomain((text ?? "").trim().toLowerCase());
  return domain && !isIp && (isIcann || isPrivate || domain.includes(".")) ? domain : null;
}

export const domainOfEmail = (address: string): string | null => normalizeDomain(address.slice(address.lastIndexOf("@") + 1));

/** Splits a canonical object ref (`platform.object:id`). Use {@link parseRef} for untrusted input. */
export function splitRef(ref: string): { platform: string; object: string; id: string } {
  const dot = ref.indexOf(".");
  const colon = ref.indexOf(":");
  return { platform: ref.slice(0, dot), object: ref.slice(dot + 1, colon), id: ref.slice(colon + 1) };
}
