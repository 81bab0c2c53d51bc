import { normaliseEmail } from "./refs.ts";

const hidden = "•••";
// An address anywhere in a text, plain or percent-encoded. Deliberately generous: a masked non-address harms nobody.
// Within a link `/ ? # & = |` are the link's; elsewhere no address is longer than this, which keeps the search linear.
const address =
  /[^\s@"<>()[\],;:/?#&=|]{1,320}(?:@|%40)((?:[^\s@"'<>()[\],;:/?#&=|%]|%[89a-f][0-9a-f])+\.(?:[^\s@"'<>()[\],;:/?#&=|%]|%[89a-f][0-9a-f]){2,})/giu;
// A text that is one address, alone or as the id in a ref: there every character that an address may hold is the address's.
const refPrefix = /^(?:email:|[a-z]+\.[a-z]+:)?/;

/** `ada@acme.com` → `•••@acme.com` */
export function maskEmail(email: string): string {
  return `${hidden}@${email.slice(email.lastIndexOf("@") + 1)}`;
}

/** Keeps the last two digits. */
export function maskPhone(phone: string): string {
  return `${hidden}${phone.replace(/\D/g, "").slice(-2)}`;
}

/** Masks every address inside a text; the text itself when it holds none. */
export function maskText(text: string): string {
  if (!text.includes("@") && !text.includes("%40")) return text;
  const [prefix] = refPrefix.exec(text)!;
  const rest = text.slice(prefix.length);
  if (normaliseEmail(rest) !== null) return prefix + maskEmail(rest);
  return text.replace(address, (_, domain: string) => `${hidden}@${domain}`);
}

/**
 * Masks all addresses in a JSON value, in place of nothing: a new value comes back, with the pointers of what was changed.
 * Works on the answer as it leaves, so that a field added tomorrow is covered today.
 */
export function maskDeep<T>(value: T): { value: T; masked: string[] } {
  const masked: string[] = [];
  return { value: walk(value, "") as T, masked };

  function walk(node: unknown, pointer: string): unknown {
    if (typeof node === "string") {
      const out = maskText(node);
      if (out !== node) masked.push(pointer);
      return out;
    }
    if (Array.isArray(node)) return node.map((item, i) => walk(item, `${pointer}/${i}`));
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, `${pointer}/${escaped(key)}`)]));
  }
}

/** RFC 6901, section 3. */
const escaped = (token: string): string => token.replaceAll("~", "~0").replaceAll("/", "~1");
