import { normalizeEmail } from "./refs.ts";

const maskMark = "•••";
// An address anywhere in a text, plain or percent-encoded. It may match more than addresses, which does no harm.
// `/ ? # & = |` end an address, because they belong to a link. The length limit keeps the search linear.
const address =
  /[^\s@"<>()[\],;:/?#&=|]{1,320}(?:@|%40)((?:[^\s@"'<>()[\],;:/?#&=|%]|%[89a-f][0-9a-f])+\.(?:[^\s@"'<>()[\],;:/?#&=|%]|%[89a-f][0-9a-f]){2,})/giu;
// A text that is a single address, alone or as the id of a ref: all its characters belong to the address.
const refPrefix = /^(?:email:|[a-z]+\.[a-z]+:)?/;

/** `ada@acme.com` → `•••@acme.com` */
export function maskEmail(email: string): string {
  return `${maskMark}@${email.slice(email.lastIndexOf("@") + 1)}`;
}

/** Masks every e-mail address in a text. */
export function maskText(text: string): string {
  if (!text.includes("@") && !text.includes("%40")) return text;
  const [prefix = ""] = refPrefix.exec(text) ?? [];
  const id = text.slice(prefix.length);
  if (normalizeEmail(id) !== null) return prefix + maskEmail(id);
  return text.replace(address, (_, domain: string) => `${maskMark}@${domain}`);
}

/**
 * Masks all e-mail addresses in a JSON value. Returns a new value and the JSON pointers of masked texts.
 * It is applied to whole responses, so that new fields are covered automatically.
 */
export function maskDeep<T>(value: T): { value: T; masked: string[] } {
  const pointers: string[] = [];
  return { value: walk(value, "") as T, masked: pointers };

  function walk(node: unknown, pointer: string): unknown {
    if (typeof node === "string") {
      const text = maskText(node);
      if (text !== node) pointers.push(pointer);
      return text;
    }
    if (Array.isArray(node)) return node.map((item, i) => walk(item, `${pointer}/${i}`));
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, `${pointer}/${escapeToken(key)}`)]));
  }
}

/** RFC 6901, section 3. */
const escapeToken = (token: string): string => token.replaceAll("~", "~0").replaceAll("/", "~1");
