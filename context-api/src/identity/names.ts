import { isPlaceholderName } from "@sidelight/model/identifiers/placeholders.ts";
import anyAscii from "any-ascii";
import { keyOf, type NameWord } from "./nameWord.ts";
import { areFormsOfOneName, initialsOf, isGivenName } from "./nicknames.ts";

/**
 * What two names say about two records. `same`: equal but for spelling. `compatible`: one may be a form of the other, by a short form, an
 * initial, a missing part, another order or a misspelling. `contradicting`: two people. `unknown`: one of them names no person.
 */
export type NameComparison = "same" | "compatible" | "contradicting" | "unknown";

/** How two words of names relate. `form`: a short form or a translation; `joined`: one word contains what the other side splits. */
export type WordRelation = "same" | "form" | "initial" | "typo" | "different";

export type { NameWord };

export interface PersonName {
  /** In the order given name, family name; titles and generations removed. */
  words: readonly NameWord[];
  /** `jr`, `sr`, `2`…: father and son share the other words. */
  generation: string | null;
  /** Written as one word that a person chose for a program: `acochrane`, `j_doe77`. */
  isHandle: boolean;
}

const titles = new Set(
  (
    "mr mrs ms miss mx dr prof professor sir dame lady lord herr frau hr fr mme mlle monsieur madame m/s sr sra srta don dona dott ing dipl mag rev " +
    "phd md msc bsc ba ma mba esq cpa dds mp obe mbe cfa pmp"
  ).split(" "),
);
const generations: Record<string, string> = {
  jr: "2",
  junior: "2",
  sr: "1",
  senior: "1",
  ii: "2",
  iii: "3",
  iv: "4",
  "2nd": "2",
  "3rd": "3",
};
const particles = new Set(
  "van von der den de del della di da dos das du la le ter ten zu zum zur af av bin ibn al el st mc mac o d ben abu".split(" "),
);
/** Words of a team, a machine or a function. A name that contains one names no person. */
const functionWords = new Set(
  (
    "support billing accounting helpdesk servicedesk team department dept administrator admin noreply bot robot robots system info office reception ops operations " +
    "webmaster postmaster hostmaster buchhaltung rechnungen rechnungswesen sekretariat einkauf verkauf vertrieb kundenservice kundendienst comptabilite facturation contabilidad facturacion " +
    "accounts payable receivable invoices invoice orders purchasing procurement enquiries inquiries newsletter notifications person ansprechpartner mailbox inbox shared kiosk service services customer " +
    "ltd gmbh inc llc corp limited company enquiry it hr"
  ).split(" "),
);

/** Latin letters in lower case, without accents. Other scripts are transliterated. */
export function foldText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase();
  return anyAscii(text.normalize("NFKD").replace(/\p{M}/gu, "")).toLowerCase();
}

/** Reads a name as people and programs write it: "Lee, Ann", "Dr. Ann B. Lee", "ann.lee", "ann.lee@acme.com". */
export function parseName(text: string | null | undefined): PersonName {
  const none: PersonName = { words: [], generation: null, isHandle: false };
  const trimmed = (text ?? "").slice(0, maxNameLength).trim();
  if (trimmed === "" || isPlaceholderName(trimmed)) return none;
  const local = /^([^\s@]+)@[^\s@]+$/.exec(trimmed)?.[1];
  const isHandle = local !== undefined || (!/\s/.test(trimmed) && /[\d._]/.test(trimmed.replace(/\.$/, "")));
  const written = foldText(isHandle ? (local ?? trimmed).replace(/\+.*$/, "").replace(/\d+/g, "") : trimmed)
    .replace(/\([^)]*\)/g, " ")
    .replace(/(?<=[a-z])['’`´](?=[a-z])/g, "");
  const words: string[] = [];
  let generation: string | null = null;
  for (const word of inOrder(written).match(/[a-z0-9/]+/g) ?? []) {
    const suffix = words.length > 0 ? generations[word] : undefined;
    if (suffix) generation = suffix;
    else if (!titles.has(word)) words.push(word);
  }
  const merged = withParticles(words);
  if (merged.some((word) => functionWords.has(word)) || merged.every((word) => !/[a-z]/.test(word))) return none;
  return {
    words: merged.map(wordOf),
    generation,
    isHandle: isHandle && merged.length === 1,
  };
}
const maxNameLength = 200;

/** Names repeat: the same word is one object. */
const wordObjects = new Map<string, NameWord>();
const maxWords = 200_000;

function wordOf(text: string): NameWord {
  const remembered = wordObjects.get(text);
  if (remembered) return remembered;
  if (wordObjects.size >= maxWords) wordObjects.clear();
  const word = { text, key: keyOf(text) };
  wordObjects.set(text, word);
  return word;
}

/** "Lee, Ann" → "Ann Lee"; "Ann Lee, PhD" keeps its order. */
function inOrder(text: string): string {
  const [family = "", given = "", ...others] = text.split(",").map((part) => part.trim());
  const isSuffix = given.split(/[\s.]+/).every((word) => titles.has(word) || word in generations || word === "");
  return given === "" || isSuffix ? [family, given, ...others].join(" ") : [given, family, ...others].join(" ");
}

/** "ludwig van beethoven" → "ludwig", "vanbeethoven" */
function withParticles(words: readonly string[]): string[] {
  const merged: string[] = [];
  let prefix = "";
  for (const [index, word] of words.entries()) {
    if (index > 0 && index < words.length - 1 && particles.has(word)) prefix += word;
    else {
      merged.push(prefix + word);
      prefix = "";
    }
  }
  return merged;
}

/** How two words of names relate. */
export function relateWords(a: NameWord, b: NameWord): WordRelation {
  if (a.key === b.key) return "same";
  if (a.text.length === 1 || b.text.length === 1) return isInitialOf(a, b) ? "initial" : "different";
  if (areFormsOfOneName(a, b)) return "form";
  if (isWithoutParticle(a.text, b.text) || isWithoutParticle(b.text, a.text)) return "form";
  return isMisspelling(a, b) ? "typo" : "different";
}

/** "B." is the initial of Robert too, who is called Bob. */
const isInitialOf = (a: NameWord, b: NameWord): boolean => {
  const [initial, word] = a.text.length === 1 ? [a, b] : [b, a];
  return word.text.startsWith(initial.text) || initialsOf(word).includes(initial.text);
};

const isWithoutParticle = (long: string, short: string): boolean =>
  short.length >= 4 &&
  long.endsWith(short) &&
  /^(van|von|de|der|den|del|di|da|du|la|le|al|el|bin|st|o|mc|mac)+$/.test(long.slice(0, -short.length));

/** One wrong letter; two in long words. Two given names are never one misspelled name: Tim and Tom, Maria and Mario. */
function isMisspelling(a: NameWord, b: NameWord): boolean {
  if (isGivenName(a) && isGivenName(b)) return false;
  const [short, long] = a.text.length <= b.text.length ? [a.text, b.text] : [b.text, a.text];
  if (short.length < 3 || long.length < 4) return false;
  const limit = short.length >= 8 ? 2 : 1;
  if (long.length - short.length > limit) return false;
  return Math.min(editDistance(a.text, b.text, limit), editDistance(a.key, b.key, limit)) <= limit;
}

/**
 * Number of inserted, deleted, replaced and transposed letters, at most `limit + 1`. Transposed letters count once, because they are the
 * commonest error of a keyboard.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) > limit || Math.max(a.length, b.length) >= rowLength) return limit + 1;
  let [before, previous, row] = rows;
  for (let j = 0; j <= b.length; j++) previous[j] = j;
  for (let i = 1; i <= a.length; i++) {
    row[0] = i;
    let best = i;
    const letter = a.charCodeAt(i - 1);
    for (let j = 1; j <= b.length; j++) {
      const other = b.charCodeAt(j - 1);
      let cost = Math.min((row[j - 1] ?? 0) + 1, (previous[j] ?? 0) + 1, (previous[j - 1] ?? 0) + (letter === other ? 0 : 1));
      const isTransposed = i > 1 && j > 1 && letter === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === other;
      if (isTransposed) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row[j] = cost;
      if (cost < best) best = cost;
    }
    if (best > limit) return limit + 1;
    [before, previous, row] = [previous, row, before];
  }
  return previous[b.length] ?? limit + 1;
}
/** Longer texts are not compared letter by letter. */
const rowLength = 128;
const rows = [new Uint16Array(rowLength), new Uint16Array(rowLength), new Uint16Array(rowLength)] as const;

/** Compares two names. It needs no data of the tenant, and answers in microseconds. */
export function compareNames(
  a: string | PersonName | null | undefined,
  b: string | PersonName | null | undefined,
): NameComparison {
  const [first, second] = [nameOf(a), nameOf(b)];
  if (first.words.length === 0 || second.words.length === 0) return "unknown";
  if (first.generation !== null && second.generation !== null && first.generation !== second.generation) return "contradicting";
  const [short, long] = first.words.length <= second.words.length ? [first, second] : [second, first];
  if (joined(short) === joined(long)) return "same";
  if (isEveryWordIn(short, long)) return "compatible";
  if (short.words.length === 1) {
    if (isHandleOf(short.words[0]?.key ?? "", long)) return "compatible";
    if (short.isHandle || long.isHandle) return "unknown";
  }
  return sameKeys(short, long) ? "compatible" : "contradicting";
}

const nameOf = (name: string | PersonName | null | undefined): PersonName =>
  typeof name === "object" && name !== null ? name : parseName(name);
const joined = (name: PersonName): string => name.words.map(({ key }) => key).join("");
const sameKeys = (a: PersonName, b: PersonName): boolean =>
  keyOf(
    [...a.words]
      .map(({ key }) => key)
      .sort()
      .join(""),
  ) ===
  keyOf(
    [...b.words]
      .map(({ key }) => key)
      .sort()
      .join(""),
  );

/** True when each word of the shorter name is a word of the longer one, in any order. Full words are assigned before initials. */
function isEveryWordIn(short: PersonName, long: PersonName): boolean {
  const free = [...long.words];
  const words = [...short.words].sort((a, b) => b.text.length - a.text.length);
  let matched = 0;
  for (const word of words) {
    const order: readonly WordRelation[] = ["same", "form", "typo", "initial"];
    const relations = free.map((other) => relateWords(word, other));
    const index = order.map((relation) => relations.indexOf(relation)).find((position) => position >= 0);
    if (index === undefined) return false;
    if (relations[index] !== "initial") matched++;
    free.splice(index, 1);
  }
  // Initials alone are no name: "A. L." fits too many.
  return matched > 0 || long.words.every(({ text }) => text.length === 1) || short.words.length === 1;
}

/** True for `acochrane`, `cochranea`, `aydenc`, `ayden`, `cochrane`, `aydencochrane` of Ayden Cochrane. */
export function isHandleOf(handle: string, { words }: PersonName): boolean {
  const [given, family] = [words[0]?.key ?? "", words.at(-1)?.key ?? ""];
  if (words.length < 2 || given === "" || family === "") return given !== "" && given === handle;
  const middle = words
    .slice(1, -1)
    .map(({ key }) => key.charAt(0))
    .join("");
  const forms = [
    ...[given, family, given + family, family + given, given.charAt(0) + family, family + given.charAt(0)],
    ...[given + family.charAt(0), given.charAt(0) + middle + family, given.charAt(0) + family.charAt(0)],
  ];
  return forms.some((form) => form === handle || keyOf(form) === handle);
}
