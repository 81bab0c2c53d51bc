import { domainToASCII } from "node:url";
import { visibleText } from "./text.ts";

// RFC 5321 allows 64 + 1 + 255 characters. White space, quotes and control characters are not supported.
const pattern = /^[^\s@"<>(),:;\\[\]\p{Cc}]{1,64}@[^\s@"<>(),:;\\[\]\p{Cc}]{1,255}$/u;

/** Longer texts are no address, also with a name beside it. It keeps the patterns below fast. */
const maxLength = 1_000;

/** True when the whole text is one address, whatever its case. */
export const isEmailAddress = (text: string): boolean =>
  text.length <= maxLength && pattern.test(text.normalize("NFC").trim().toLowerCase());

/**
 * The canonical form of an address: lower case, the domain in ASCII (punycode). Accepts what people paste: `mailto:` links, a name
 * before `<…>`, a comment after it, outer quotes. Dots and plus tags are kept, because they name different mailboxes. Null when the text
 * is not exactly one address.
 */
export function canonicalEmail(text: string | null | undefined): string | null {
  if ((text?.length ?? 0) > maxLength) return null;
  const address = withoutWrapping(visibleText(text ?? "")).toLowerCase();
  if (!pattern.test(address)) return null;
  const separator = address.lastIndexOf("@");
  const domain = canonicalHost(address.slice(separator + 1));
  return domain === null || !mailHost.test(domain) ? null : `${address.slice(0, separator)}@${domain}`;
}

/** Values that are written to a platform, with addresses in their canonical form. Only a value that is one plain address changes. */
export function withCanonicalEmails<T>(
  values: Readonly<Record<string, T>>,
  isEmailField: (name: string) => boolean,
): Record<string, T | string> {
  const canonical = (value: T): T | string =>
    (typeof value === "string" && isEmailAddress(value) && canonicalEmail(value)) || value;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isEmailField(name) ? canonical(value) : value]));
}

/** Names with a dot, of letters, digits and inner hyphens. The last one has no digits only: that would be an IP address. */
const mailHost = /^(?!-)(?:[a-z0-9_-]{0,62}[a-z0-9_]\.(?!-))+(?!\d+$)[a-z0-9-]{1,62}[a-z0-9]$/;

function withoutWrapping(text: string): string {
  const link = withoutLink(text);
  const [, content = link] = /^[^<>]*<([^<>]*)>$/.exec(link) ?? [];
  return withoutLink(content)
    .replace(/\s*\([^()]*\)$/, "")
    .replace(/^(e-?mail|mail)\s*:\s*/i, "")
    .replace(/^['"`]+/, "")
    .replace(/['"`,;]+$/, "")
    .trim();
}

/** The address of a `mailto:` link, without its subject and its escapes. */
function withoutLink(text: string): string {
  const [, link] = /^mailto:([^?]*)/i.exec(text) ?? [];
  if (link === undefined) return text;
  try {
    return visibleText(decodeURIComponent(link));
  } catch {
    return link;
  }
}

/** Addresses with their names, as a message has them: `Lee, Ann <ann@acme.com>, Ray, Bob <bob@acme.com>`. Null for any other text. */
export function namedAddresses(text: string): string[] | null {
  const parts = [...text.matchAll(/<([^<>]*)>/g)].map(([, address = ""]) => address);
  return parts.length > 1 && /^[^<>@]*(<[^<>]*>[^<>@]*)+$/.test(text) ? parts : null;
}

/** A host name in lower case and in ASCII, without a trailing dot; null when it is not one. */
export function canonicalHost(host: string): string | null {
  const name = domainToASCII(host.toLowerCase()).replace(/\.+$/, "");
  return name === "" || name.startsWith(".") || name.includes("..") ? null : name;
}
