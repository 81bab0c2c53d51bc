import { groupsOfName } from "../nicknames.ts";
import { companyNames } from "./comparison.ts";
import { type Person, soundOf } from "./person.ts";

/** Blocks up to this size are compared as a whole. In a larger one each record meets its neighbors in a sorted order only. */
const maxBlock = 40;
const neighbors = 6;

/** Keys that two records of one person are expected to share. More than one, because any of them may be misspelled or missing. */
export function blockingKeys(person: Person): string[] {
  const keys: string[] = [];
  const givenWord = person.given[0] ?? person.single;
  const givenKey = givenWord?.key ?? "";
  const familyKey = person.family.at(-1)?.key ?? person.single?.key ?? "";
  const givenGroups = givenWord ? groupsOfName(givenWord) : [];
  const familySound = familyKey && soundOf(familyKey);
  const { birth, address } = person;
  const year = birth?.slice(0, 4) ?? "";
  for (const { mailbox, local, domain, number } of person.emails) {
    keys.push(`m${mailbox}`);
    if (local.length >= 4) keys.push(`l${local}`, `L${local.slice(0, 4)}${number}${domain.slice(0, 4)}`);
  }
  for (const phone of person.phones) keys.push(`t${phone}`);
  for (const { id } of person.ids) keys.push(`i${id}`);
  if (givenKey && familyKey) keys.push(`n${[givenKey, familyKey].sort().join(" ")}`, `s${givenKey.charAt(0)}${familySound}`);
  if (givenKey) keys.push(`G${givenKey}`, `x${givenKey.slice(0, 3)}${address?.locality?.slice(0, 4) ?? ""}`);
  if (familyKey) keys.push(`N${familyKey}`, `S${familySound}${address?.locality?.slice(0, 3) ?? ""}`);
  for (const group of givenGroups) if (person.family.length > 0) keys.push(`g${group}${familyKey}`);
  if (birth) {
    keys.push(`b${birth}`);
    if (givenKey) keys.push(`y${birth.slice(4)}${givenKey.slice(0, 3)}`, `Y${year}${givenKey}${address?.locality ?? ""}`);
    if (familyKey) keys.push(`f${birth.slice(4)}${familyKey.slice(0, 3)}`, `F${year}${familySound}`);
  }
  if (address?.postcode) {
    if (familyKey) keys.push(`p${address.postcode}${familySound}`);
    if (givenKey) keys.push(`P${address.postcode}${givenKey.slice(0, 3)}`);
    if (birth) keys.push(`q${address.postcode}${year}`);
    if (address.line.length > 0) keys.push(`r${address.postcode}${address.line.find((word) => /\d/.test(word)) ?? ""}`);
  }
  if (address?.locality && familyKey) keys.push(`c${address.locality}${familySound}`);
  if (address && address.line.length > 1)
    keys.push(
      `a${address.line
        .filter((word) => word.length > 3 || /\d/.test(word))
        .slice(0, 4)
        .join(" ")}`,
    );
  for (const company of companyNames(person)) {
    if (familyKey) keys.push(`d${company.slice(0, 8)}${familySound}`);
    if (givenKey) keys.push(`e${company.slice(0, 8)}${givenKey.slice(0, 4)}`);
    for (const group of givenGroups) keys.push(`h${company.slice(0, 8)}${group}`);
  }
  return keys;
}

/** Pairs of records that are worth comparing, as indexes: a[0], b[0], a[1], b[1]… The number grows about linearly with the records. */
export function candidatePairs(people: readonly Person[]): Int32Array {
  const partners: number[][] = people.map(() => []);
  const order = new Map<number, string>();
  const orderOf = (index: number): string => {
    const text = order.get(index) ?? sortText(people[index]);
    order.set(index, text);
    return text;
  };
  for (const members of blocksOf(people)) {
    const isLarge = members.length > maxBlock;
    const block = isLarge ? [...members].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)) : members;
    for (let i = 0; i < block.length; i++) {
      const last = isLarge ? Math.min(block.length - 1, i + neighbors) : block.length - 1;
      for (let j = i + 1; j <= last; j++) {
        const [a, b] = [block[i] ?? 0, block[j] ?? 0];
        partners[Math.min(a, b)]?.push(Math.max(a, b));
      }
    }
  }
  const unique = partners.map((list) => Int32Array.from(new Set(list)).sort());
  const pairs = new Int32Array(2 * unique.reduce((sum, list) => sum + list.length, 0));
  let position = 0;
  for (const [a, list] of unique.entries()) {
    for (const b of list) {
      pairs[position++] = a;
      pairs[position++] = b;
    }
  }
  return pairs;
}

/**
 * Records with one key. Keys are kept as small numbers, and a record alone without a list, because 100,000 records have three million
 * keys. Two keys with one number only cause a few more comparisons.
 */
function* blocksOf(people: readonly Person[]): Generator<number[]> {
  const blocks = new Map<number, number | number[]>();
  for (const [index, person] of people.entries()) {
    for (const key of new Set(blockingKeys(person).map(smallHash))) {
      const block = blocks.get(key);
      if (block === undefined) blocks.set(key, index);
      else if (typeof block === "number") blocks.set(key, [block, index]);
      else block.push(index);
    }
  }
  for (const block of blocks.values()) if (typeof block !== "number") yield block;
}

/** FNV-1a in 30 bits. */
function smallHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) & 0x3fffffff;
}

const sortText = (person: Person | undefined): string =>
  person
    ? `${person.name.words.map(({ key }) => key).join(" ")} ${person.birth ?? ""} ${person.address?.postcode ?? ""} ${person.company ?? ""}`
    : "";
