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
  return domain === null ? null : `${address.slice(0, separator)}@${domain}`;
}

function withoutWrapping(text: string): string {
  const [, link = text] = /^mailto:([^?]*)/i.exec(text) ?? [];
  const [, content = link] = /^[^<>]*<([^<>]*)>$/.exec(link) ?? [];
  return content
    .replace(/\s*\([^()]*\)$/, "")
    .replace(/^['"`]+/, "")
    .replace(/['"`,;]+$/, "")
    .trim();
}

/** A host name in lower case and in ASCII, without a trailing dot; null when it is not one. */
export function canonicalHost(host: string): string | null {
  const name = domainToASCII(host.toLowerCase().replace(/\.$/, ""));
  return name === "" || name.startsWith(".") || name.includes("..") ? null : name;
}
