import { canonicalDomain } from "./identifiers/domainName.ts";
import { canonicalEmail } from "./identifiers/emailAddress.ts";
import { type Country, canonicalPhone } from "./identifiers/phoneNumber.ts";
import type { RecordKind } from "./records.ts";

/** An object type of a platform: its record kind and the format of its ids. */
export interface ObjectType {
  kind: RecordKind;
  /** The canonical id; null when `id` is not an id of this object. */
  canonicalId(id: string): string | null;
  /** True when others than the platform choose the ids, so that an id can be an address, a phone number or a name. */
  hasChosenIds?: true;
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
const node = /^[A-Za-z0-9_-]{22}$/;

/**
 * Parses a ref into canonical form: e-mail addresses in lower case, phone numbers in E.164, ids as the platform writes them.
 * @param defaultCountry of phone numbers without a country calling code
 */
export function parseRef(
  text: string,
  platforms: ReadonlyMap<string, ObjectCatalog>,
  defaultCountry: Country | null = null,
): ParsedRef | RefProblem {
  if (text.length > maxRefLength) return { problem: `a ref has at most ${maxRefLength} characters` };
  if (!text.isWellFormed()) return { problem: "a ref must be well-formed Unicode" };
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1) return { problem: "a ref has the format kind:value, as in email:ada@example.com" };
  const kind = text.slice(0, colon);
  const value = text.slice(colon + 1);
  switch (kind) {
    case "email":
      return valueOrProblem(canonicalEmail(value), "email", "not an e-mail address");
    case "phone":
      return valueOrProblem(
        canonicalPhone(value, defaultCountry),
        "phone",
        "not a phone number; write it in international form, as in +14155550100, or set defaultCountry in the configuration",
      );
    case "domain":
      return valueOrProblem(canonicalDomain(value), "domain", "not a domain name of one company");
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
  const type = platform && Object.hasOwn(platform.objects, object) ? platform.objects[object] : undefined;
  if (!type || kind !== `${name}.${object}`) {
    const kinds = [...platforms.values()].flatMap((p) => Object.keys(p.objects).map((o) => `${p.name}.${o}`));
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

/** Splits a canonical object ref (`platform.object:id`). Use {@link parseRef} for untrusted input. */
export function splitRef(ref: string): { platform: string; object: string; id: string } {
  const dot = ref.indexOf(".");
  const colon = ref.indexOf(":");
  return { platform: ref.slice(0, dot), object: ref.slice(dot + 1, colon), id: ref.slice(colon + 1) };
}
