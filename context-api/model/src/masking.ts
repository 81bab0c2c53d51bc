import { isPhoneText, maskPhones } from "./phoneMask.ts";

/** What a reader sees in place of a hidden value or part. */
export const maskMark = "•••";

/** What a reader may see. */
export interface Visibility {
  /** E-mail addresses, phone numbers, birth dates and postal addresses. */
  pii: boolean;
  /** What people wrote: subjects, descriptions, comments. */
  text: boolean;
}

// `@` as mail programs, links and exports write it: percent-encoded once or twice, HTML, quoted-printable, an escape of JSON.
const atSign = /@|%(?:25)?40|&#0{0,5}64;|&#x0{0,5}40;|&commat;|=40|\\u0040/giu;
const dot = String.raw`\.|%2e|&#46;|&#x2e;|=2e`;
const domainCharacter = String.raw`[^\s@"'<>()[\]{},;:/?#&=|%\\!*~^+$.]|%[89a-f][0-9a-f]`;
const domain = new RegExp(String.raw`\[(?:ipv6:)?[0-9a-f:.]{2,60}\]|(?:${domainCharacter}|${dot})+`, "iuy");
const dottedDomain = new RegExp(String.raw`(?:${domainCharacter})(?:${dot})\p{L}{2}`, "iu");

/** Every form of an `@` begins with one of these in ASCII. Most texts contain none. */
const signHint = /[@%&=\\]|[^ -~\s]/;

/** Masks every e-mail address in a text: `ada@acme.com` → `•••@acme.com`. It may mask more than addresses, never a part of one only. Takes linear time. */
export function maskText(text: string): string {
  if (!signHint.test(text)) return text;
  // Full-width forms: ＠ ． and letters.
  const plain = text.normalize("NFKC");
  const maskedText = maskAddresses(plain);
  return maskedText === plain ? text : maskedText;
}

function maskAddresses(text: string): string {
  const scanner = createTokenScanner(text);
  let result = "";
  let end = 0;
  for (const { 0: sign, index } of text.matchAll(atSign)) {
    if (index < end) continue;
    domain.lastIndex = index + sign.length;
    const host = domain.exec(text)?.[0] ?? "";
    if (!isHost(host, sign)) continue;
    const start = quotedStart(text, index, end) ?? Math.max(end, scanner.startBefore(index, end));
    if (start === index) continue;
    result += `${text.slice(end, start)}${maskMark}@${host}`;
    end = index + sign.length + host.length;
  }
  return result + text.slice(end);
}

/** An encoded sign needs a full domain after it: `=40` and `%40` occur in other texts. */
function isHost(host: string, sign: string): boolean {
  if (host.startsWith("[")) return true;
  return sign === "@" ? /[\p{L}\p{N}]/u.test(host) : dottedDomain.test(host);
}

const maxQuotedLength = 320;
/** No character of an address without quotes. */
const opening = /^[<>()[\]"«»„“”]+/;
/** The beginning of a ref. Other words before a colon belong to the address. */
const refPrefix =
  /^(?:email|[a-z]+\.(?:user|person|contact|lead|account|organization|ticket|opportunity|case|task|event|cohort|membership|rating|usage)):/;

/** Where a quoted local part before `atIndex` begins; null when there is none. Nothing before `from` belongs to it. */
function quotedStart(text: string, atIndex: number, from: number): number | null {
  if (text[atIndex - 1] !== '"') return null;
  const first = Math.max(from, atIndex - maxQuotedLength);
  for (let i = atIndex - 2; i >= first; i--) if (text[i] === '"' && text[i - 1] !== "\\") return i;
  return null;
}

interface TokenScanner {
  /** Where the local part before `at` begins. Call it with increasing values. @param from nothing before it belongs to a token that is no link */
  startBefore(at: number, from: number): number;
}

/** Reads a text once, from its beginning, so that many signs in one long token take linear time. */
function createTokenScanner(text: string): TokenScanner {
  let position = 0;
  let tokenStart = 0;
  let isLink = false;
  // In a link the address is a value of the query or fragment, or the last part of the path. The link itself stays usable.
  let valueStart = 0;
  let isInQuery = false;
  let isInValue = false;

  function read(character: string, i: number): void {
    if (/\s/.test(character)) {
      tokenStart = i + 1;
      isLink = isInQuery = isInValue = false;
    } else if (character === "?" || character === "#" || (character === "&" && isInQuery)) {
      valueStart = i + 1;
      isInQuery = true;
      isInValue = false;
    } else if (character === "=" && isInQuery && !isInValue) {
      valueStart = i + 1;
      isInValue = true;
    } else if (character === "/" && !isInQuery) {
      valueStart = i + 1;
      if (i - 2 >= tokenStart && text.startsWith(":/", i - 2)) isLink = true;
    }
  }

  return {
    startBefore(atIndex, from) {
      for (; position < atIndex; position++) read(text[position] ?? "", position);
      if (isLink) return valueStart;
      const start = Math.max(from, tokenStart);
      return start + lengthBeforeAddress(text.slice(start, atIndex));
    },
  };
}

function lengthBeforeAddress(token: string): number {
  const bracketLength = opening.exec(token)?.[0].length ?? 0;
  const rest = token.slice(bracketLength);
  const prefixLength = (/^mailto:/i.exec(rest) ?? refPrefix.exec(rest))?.[0].length ?? 0;
  return bracketLength + prefixLength;
}

/** Members that people write into. */
const textNames: ReadonlySet<string> = new Set(
  "subject title description text body comment comments detail note message summary nextStep next_step".split(" "),
);
/** Words in the names of members with phone numbers, in any spelling: `mobilePhone`, `phone_number`. */
const phoneWords: ReadonlySet<string> = new Set("phone phones mobile cell tel telephone fax sms whatsapp msisdn".split(" "));
/** Members with a birth date or a postal address, as words. They are personal whatever their form, with all that is in them. */
const privateNames: ReadonlySet<string> = new Set([
  ...["birth date", "birthdate", "birthday", "date of birth", "dob"],
  ...["address", "addresses", "postal address", "mailing address", "home address", "billing address", "street", "street address"],
]);
const emailWords: ReadonlySet<string> = new Set("email emails mail".split(" "));
/** Members with ids, times and links. Digits in them are no phone number, unless it is written with its country calling code. */
const structuredName =
  /^(?:id|ids|ref|refs|record|records|event|key|rule|by|at|since|from|to|day|date|link|links|url|href|cursor|evidence)$|(?:At|Id|Ids|Ref|Date|Until|_id|_at|Url)$/;

type FieldKind = "text" | "phone" | "email" | "private" | "structured" | "other";

function kindOf(name: string): FieldKind {
  if (textNames.has(name)) return "text";
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/);
  if (words.some((word) => phoneWords.has(word))) return "phone";
  if (words.some((word) => emailWords.has(word))) return "email";
  if (privateNames.has(words.join(" "))) return "private";
  return structuredName.test(name) ? "structured" : "other";
}

/** The kinds of names without a personal value. Most members of answers have one of a few hundred names. */
const plainNames = new Map<string, FieldKind>();
const maxPlainNames = 2_000;
const maxPlainNameLength = 64;

/** The kind of a member if its name contains no personal value; null for a name that must be masked. */
function plainKindOf(name: string): FieldKind | null {
  const cachedKind = plainNames.get(name);
  if (cachedKind !== undefined) return cachedKind;
  if (hasPersonalValue(name)) return null;
  const kind = kindOf(name);
  if (plainNames.size >= maxPlainNames) plainNames.clear();
  if (name.length <= maxPlainNameLength) plainNames.set(name, kind);
  return kind;
}

const maxDepth = 100;

/**
 * Hides from a JSON value what the reader may not see, by the kind of each member and by the form of each text, also in the names of
 * members. Returns a new value and the JSON pointers of what was hidden. It is applied to whole responses, so that new members are
 * covered automatically.
 */
export function maskDeep<T>(value: T, { pii, text }: Visibility): { value: T; masked: string[] } {
  if (pii && text) return { value, masked: [] };
  const pointers: string[] = [];
  /** From the root to the value that is walked. */
  const path: (string | number)[] = [];
  return { value: walk(value, "other") as T, masked: pointers };

  function walk(node: unknown, kind: FieldKind): unknown {
    if (typeof node === "string" || typeof node === "number") {
      const visibleValue = scalar(node, kind);
      if (visibleValue !== node) pointers.push(pointerOf(path));
      return visibleValue;
    }
    if (typeof node !== "object" || node === null) return node;
    if (path.length >= maxDepth) return null;
    if (Array.isArray(node)) return node.map((item, i) => walkAt(i, item, kind));
    const names = Object.keys(node);
    const valueKind = kindOfLabeled(node);
    const shownNames = pii ? names : visibleNames(names);
    return Object.fromEntries(
      names.map((name, i) => {
        const shownName = shownNames[i] ?? name;
        if (shownName !== name) pointers.push(pointerOf([...path, shownName]));
        const memberKind = name === "value" && valueKind ? valueKind : kindIn(name, kind);
        return [shownName, walkAt(shownName, (node as Record<string, unknown>)[name], memberKind)];
      }),
    );
  }

  function walkAt(token: string | number, node: unknown, kind: FieldKind): unknown {
    path.push(token);
    const visibleValue = walk(node, kind);
    path.pop();
    return visibleValue;
  }

  function scalar(node: string | number, kind: FieldKind): string | number {
    if (!text && kind === "text" && node !== "") return maskMark;
    if (pii) return node;
    if (kind === "private" && node !== "") return maskMark;
    if (kind === "phone" && isPhoneText(String(node))) return maskMark;
    if (typeof node === "number") return node;
    const visibleText = hidePersonalValues(node, kind);
    // A text in a member for addresses is personal, in whatever form.
    return kind === "email" && visibleText === node && /[.\s]/.test(node.trim()) ? maskMark : visibleText;
  }
}

/** What a member of a phone, an e-mail or an address object is: `{ phone: { number: … } }`, `{ address: { postcode: … } }`. */
function kindIn(name: string, outerKind: FieldKind): FieldKind {
  if (outerKind === "private") return outerKind;
  const kind = plainKindOf(name) ?? kindOf(name);
  return kind === "other" && (outerKind === "phone" || outerKind === "email") ? outerKind : kind;
}

/** Of the value in `{ label: "birthDate", value: … }`. Addresses and numbers are recognized by their form; these are not. */
function kindOfLabeled(node: object): FieldKind | null {
  if (!("value" in node && "label" in node)) return null;
  const { label } = node;
  return typeof label === "string" && label.length <= maxPlainNameLength && kindOf(label) === "private" ? "private" : null;
}

/** True for a text with an address or a phone number: it must not become a name in a clear column. */
export const hasPersonalValue = (text: string): boolean => hidePersonalValues(text, "other") !== text;

function hidePersonalValues(text: string, kind: FieldKind): string {
  return maskPhones(maskText(text), kind === "structured" ? "international" : "all", maskMark);
}

/** Names of one object without personal values. Two names can be masked to the same text. */
function visibleNames(names: readonly string[]): readonly string[] {
  if (names.every((name) => plainKindOf(name) !== null)) return names;
  const usedNames = new Set<string>();
  // So that a thousand equal names do not take a million steps.
  const counts = new Map<string, number>();
  return names.map((name) => {
    const visibleName = uniqueName(hidePersonalValues(name, "other"), usedNames, counts);
    usedNames.add(visibleName);
    return visibleName;
  });
}

function uniqueName(name: string, usedNames: ReadonlySet<string>, counts: Map<string, number>): string {
  let unique = name;
  let count = counts.get(name) ?? 1;
  while (usedNames.has(unique)) unique = `${name} (${++count})`;
  if (count > 1) counts.set(name, count);
  return unique;
}

/** RFC 6901, section 3. */
const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((token) => `/${String(token).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
