import { editDistance, isHandleOf, type NameWord, relateWords } from "../names.ts";
import { areFormsOfOneName, isGivenName } from "../nicknames.ts";
import { type Mailbox, type Person, type PostalAddress, soundOf } from "./person.ts";

/**
 * The facts that two records are compared by. Each is one dependence group: whatever repeats the same fact is compared in the same group,
 * so that one fact counts once. Level 0 means that a record lacks the fact. Further levels fall from agreement to contradiction.
 */
export const comparisons = {
  given: ["missing", "same", "form", "initial", "typo", "similar", "different"],
  family: ["missing", "same", "typo", "part", "similar", "different"],
  birth: ["missing", "same", "close", "part", "different"],
  address: ["missing", "street and town", "street", "postcode", "locality", "close", "different"],
  email: ["missing", "same", "typo", "same mailbox name", "mailbox spells the name", "shared mailbox", "different"],
  phone: ["missing", "same", "typo", "different"],
  company: ["missing", "same", "similar", "different"],
  ids: ["missing", "same", "different"],
  platform: ["missing", "different", "same"],
} as const;
export type Fact = keyof typeof comparisons;
export const facts = Object.keys(comparisons) as Fact[];

export const given = { missing: 0, same: 1, form: 2, initial: 3, typo: 4, similar: 5, different: 6 } as const;
export const family = { missing: 0, same: 1, typo: 2, part: 3, similar: 4, different: 5 } as const;
export const birth = { missing: 0, same: 1, close: 2, part: 3, different: 4 } as const;
export const address = { missing: 0, full: 1, street: 2, postcode: 3, locality: 4, close: 5, different: 6 } as const;
export const email = { missing: 0, same: 1, typo: 2, local: 3, spelled: 4, shared: 5, different: 6 } as const;
export const phone = { missing: 0, same: 1, typo: 2, different: 3 } as const;
export const company = { missing: 0, same: 1, similar: 2, different: 3 } as const;
export const ids = { missing: 0, same: 1, different: 2 } as const;
export const platform = { missing: 0, different: 1, same: 2 } as const;

/** Levels in the order of `facts`, and the values that agree, whose frequency decides how much the agreement is worth. */
export interface Comparison {
  levels: Uint8Array;
  values: Partial<Record<Fact, string>>;
  /** The same mailbox name at one company with another number: john.smith@ and john.smith2@ are two people. */
  isNumbered: boolean;
}

/** What is no evidence in this set of records, because many people have it. */
export interface SharedValues {
  mailboxes: ReadonlySet<string>;
  phones: ReadonlySet<string>;
  ids: ReadonlySet<string>;
}

export function compare(a: Person, b: Person, shared: SharedValues): Comparison {
  const values: Comparison["values"] = {};
  const [givenLevel, familyLevel] = compareNameParts(a, b, values);
  const isSameName = givenLevel > 0 && givenLevel <= given.typo && familyLevel > 0 && familyLevel <= family.part;
  const levels = Uint8Array.of(
    givenLevel,
    familyLevel,
    compareBirth(a.birth, b.birth, values),
    compareAddress(a.address, b.address, values),
    compareEmails(a, b, shared, values, isSameName),
    comparePhones(a.phones, b.phones, shared, values),
    compareCompanies(a, b, values),
    compareIds(a, b, shared, values),
    a.platform === null || b.platform === null ? 0 : a.platform === b.platform ? platform.same : platform.different,
  );
  return { levels, values, isNumbered: areNumbered(a, b) };
}

type Values = Comparison["values"];

function compareNameParts(a: Person, b: Person, values: Values): [number, number] {
  if (a.single || b.single) return compareSingle(a, b, values);
  const straight: [number, number] = [compareGiven(a.given, b.given), compareFamily(a.family, b.family)];
  const swapped: [number, number] = [compareGiven(a.given, b.family), compareGiven(a.family, b.given)];
  const isSwapped = areSwapped(a, b, straight, swapped);
  const [givenLevel, familyLevel] = isSwapped ? [Math.max(swapped[0], given.form), toFamily(swapped[1])] : straight;
  if (givenLevel === given.same) values.given = a.given[0]?.key ?? "";
  if (familyLevel === family.same) values.family = (isSwapped ? b.given : a.family).map(({ key }) => key).join("");
  return [givenLevel, familyLevel];
}

/** A swapped name agrees in both parts, where the straight one agrees in none. One part suffices when the others are missing. */
function areSwapped(a: Person, b: Person, straight: readonly number[], swapped: readonly number[]): boolean {
  if (straight.some((level) => level > 0 && level < given.similar)) return false;
  const agreeing = swapped.filter((level) => level > 0 && level <= given.typo && level !== given.initial).length;
  const isComplete = a.given.length > 0 && a.family.length > 0 && b.given.length > 0 && b.family.length > 0;
  return agreeing === (isComplete && straight.some((level) => level > 0 && level < given.different) ? 2 : 1);
}

const toFamily = (level: number): number =>
  [family.missing, family.same, family.part, family.part, family.typo, family.similar, family.different][level] ??
  family.different;

/** A single word is a given name, a family name or a handle of the other name. */
function compareSingle(a: Person, b: Person, values: Values): [number, number] {
  const [single, other] = a.single ? [a, b] : [b, a];
  const word = single.single;
  if (!word) return [0, 0];
  if (other.single) {
    const level = givenRelation(word, other.single);
    if (level === given.same) values.given = word.key;
    return [level, family.missing];
  }
  if (other.given.length === 0 && other.family.length === 0) return [0, 0];
  const givenLevel = compareGiven([word], other.given);
  const familyLevel = compareFamily([word], other.family);
  if (givenLevel === given.same || givenLevel === given.form) {
    if (givenLevel === given.same) values.given = word.key;
    return [givenLevel, family.missing];
  }
  if (familyLevel === family.same || familyLevel === family.typo) {
    if (familyLevel === family.same) values.family = word.key;
    return [given.missing, familyLevel];
  }
  if (isHandleOf(word.key, other.name)) {
    values.family = other.family[0]?.key ?? "";
    return [given.initial, family.same];
  }
  return single.name.isHandle ? [0, 0] : [givenLevel || given.different, family.missing];
}

function compareGiven(a: readonly NameWord[], b: readonly NameWord[]): number {
  const [first, second] = [a[0], b[0]];
  if (!first || !second) return given.missing;
  const direct = givenRelation(first, second);
  if (a.length === 1 && b.length === 1) return direct;
  if (joined(a) === joined(b)) return given.same;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (direct <= given.typo) {
    const middles = [a[1], b[1]];
    const isOtherMiddle = middles[0] && middles[1] && givenRelation(middles[0], middles[1]) === given.different;
    return isOtherMiddle ? given.similar : direct;
  }
  // Known by a middle name.
  const best = Math.min(...short.flatMap((word) => long.map((other) => givenRelation(word, other))));
  return best === given.same ? given.form : best === given.form ? given.typo : Math.min(direct, given.different);
}

const givenRelation = remembered(relateGiven);
const familyRelation = remembered(relateFamily);

/** Names repeat, so that most pairs of words were compared before. */
function remembered(relate: (a: NameWord, b: NameWord) => number): (a: NameWord, b: NameWord) => number {
  const byPair = new Map<string, Map<string, number>>();
  let size = 0;
  return (a, b) => {
    if (a.text === b.text) return relate(a, b);
    let byOther = byPair.get(a.text);
    const cached = byOther?.get(b.text);
    if (cached !== undefined) return cached;
    if (size >= maxRemembered) {
      byPair.clear();
      byOther = undefined;
      size = 0;
    }
    const level = relate(a, b);
    size++;
    if (byOther) byOther.set(b.text, level);
    else byPair.set(a.text, new Map([[b.text, level]]));
    return level;
  };
}
const maxRemembered = 1_000_000;

function relateGiven(a: NameWord, b: NameWord): number {
  const relation = relateWords(a, b);
  if (relation === "same") return given.same;
  if (relation === "form") return given.form;
  if (relation === "initial") return given.initial;
  if (relation === "typo") return given.typo;
  if (a.text.length === 1 || b.text.length === 1) return given.different;
  const [short, long] = a.text.length <= b.text.length ? [a.text, b.text] : [b.text, a.text];
  if (short.length >= 3 && long.startsWith(short)) return given.form;
  // Two common names are two names, however similar they are.
  if (isGivenName(a) && isGivenName(b)) return given.different;
  return areSimilar(a.text, b.text) ? given.similar : given.different;
}

function compareFamily(a: readonly NameWord[], b: readonly NameWord[]): number {
  if (a.length === 0 || b.length === 0) return family.missing;
  if (joined(a) === joined(b)) return family.same;
  let best: number = family.different;
  for (const word of a) for (const other of b) best = Math.min(best, familyRelation(word, other));
  return (a.length > 1 || b.length > 1) && best <= family.typo ? family.part : best;
}

function relateFamily(a: NameWord, b: NameWord): number {
  if (a.key === b.key) return family.same;
  if (a.text.length === 1 || b.text.length === 1) return a.text[0] === b.text[0] ? family.similar : family.different;
  const limit = Math.min(a.text.length, b.text.length) >= 8 ? 2 : 1;
  if (Math.min(a.text.length, b.text.length) >= 3 && editDistance(a.text, b.text, limit) <= limit) return family.typo;
  const relation = relateWords(a, b);
  if (relation === "form" && !areFormsOfOneName(a, b)) return family.part;
  return areSimilar(a.text, b.text) ? family.similar : family.different;
}

const joined = (words: readonly NameWord[]): string => words.map(({ key }) => key).join("");

/** Several wrong letters, another order of letters, or the same sound. */
function areSimilar(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length < 3) return false;
  if (short.length >= 4 && long.startsWith(short)) return true;
  const limit = long.length >= 8 ? 3 : long.length >= 5 ? 2 : 1;
  if (long.length - short.length > limit) return false;
  if (editDistance(a, b, limit) <= limit || lettersApart(short, long) <= 1) return true;
  return short.length >= 4 && soundOf(a) === soundOf(b);
}

/** Letters that only one of the two words has, whatever their order. */
function lettersApart(short: string, long: string): number {
  if (short.length < 4 || long.length - short.length > 1) return long.length;
  let left = long;
  let apart = 0;
  for (const letter of short) {
    const index = left.indexOf(letter);
    if (index === -1) apart++;
    else left = left.slice(0, index) + left.slice(index + 1);
  }
  return Math.max(apart, left.length);
}

function compareBirth(a: string | null, b: string | null, values: Values): number {
  if (a === null || b === null) return birth.missing;
  if (a === b) {
    values.birth = a;
    return birth.same;
  }
  if (editDistance(a, b, 1) <= 1 || a === b.slice(0, 4) + b.slice(6) + b.slice(4, 6)) return birth.close;
  const isSameYear = a.slice(0, 4) === b.slice(0, 4);
  const isSameDay = a.slice(4) === b.slice(4) && !a.endsWith("0101");
  return isSameYear || isSameDay || editDistance(a, b, 2) <= 2 ? birth.part : birth.different;
}

function compareAddress(a: PostalAddress | null, b: PostalAddress | null, values: Values): number {
  if (!a || !b) return address.missing;
  const isStreet = a.line.length > 0 && b.line.length > 0 && areSameStreet(a.line, b.line);
  const isPostcode = a.postcode !== null && a.postcode === b.postcode;
  const isLocality = a.locality !== null && a.locality === b.locality;
  const isNear = isNearText(a.postcode, b.postcode, 1) || isNearText(a.locality, b.locality, 2);
  if (isStreet && (isPostcode || isLocality || isNear)) return address.full;
  if (isStreet) return address.street;
  if (isPostcode) {
    values.address = `p${a.postcode}`;
    return address.postcode;
  }
  if (isLocality) {
    values.address = `l${a.locality}`;
    return address.locality;
  }
  const isComparable = (a.line.length > 0 && b.line.length > 0) || (a.postcode && b.postcode) || (a.locality && b.locality);
  if (isNear || isSameArea(a.postcode, b.postcode)) return address.close;
  return isComparable ? address.different : address.missing;
}

function isNearText(a: string | null, b: string | null, limit: number): boolean {
  if (a === null || b === null || a === b) return a !== null && a === b;
  const reach = Math.min(a.length, b.length) >= 6 ? limit : 1;
  return (
    Math.min(a.length, b.length) >= 4 && (editDistance(a, b, reach) <= reach || (a.length >= 6 && lettersApartOf(a, b) <= 1))
  );
}
const lettersApartOf = (a: string, b: string): number => (a.length <= b.length ? lettersApart(a, b) : lettersApart(b, a));

/** The first half of a postcode of five and more characters: `sw1a` of sw1a1aa. */
const isSameArea = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && a.length >= 5 && b.length >= 5 && a.slice(0, -3) === b.slice(0, -3);

/** Most words of the shorter line are in the longer one. With other numbers, two of them have to be more than a number or "street". */
function areSameStreet(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let matched = 0;
  let longWords = 0;
  let hasNumber = false;
  for (const word of short) {
    const isMatch =
      long.includes(word) || (word.length >= 5 && long.some((other) => other.length >= 4 && editDistance(word, other, 1) <= 1));
    if (!isMatch) continue;
    matched++;
    if (/^\d+[a-z]?$/.test(word)) hasNumber = true;
    else if (word.length >= 4) longWords++;
  }
  const isNumbered = [a, b].every((line) => line.some((word) => /^\d+[a-z]?$/.test(word)));
  return matched >= 2 && matched >= Math.ceil(short.length * 0.6) && longWords >= (isNumbered && !hasNumber ? 2 : 1);
}

function compareEmails(a: Person, b: Person, shared: SharedValues, values: Values, isSameName: boolean): number {
  if (a.emails.length === 0 || b.emails.length === 0) return email.missing;
  let best: number = email.different;
  for (const first of a.emails) {
    for (const second of b.emails) {
      const equal = compareMailboxes(first, second, shared, isSameName);
      const level = equal === email.same && (a.isFunction || b.isFunction) ? email.shared : equal;
      if (level < best) best = level;
      if (level === email.same) values.email = first.mailbox;
    }
  }
  return best;
}

function compareMailboxes(a: Mailbox, b: Mailbox, shared: SharedValues, isSameName: boolean): number {
  if (a.mailbox === b.mailbox) return a.isRole || shared.mailboxes.has(a.mailbox) ? email.shared : email.same;
  if (a.isRole || b.isRole) return email.different;
  const isSameDomain = a.domain === b.domain;
  const [x, y] = [a.local, b.local];
  if (x === y) {
    if (isMistypedDomain(a.domain, b.domain)) return x.length >= 3 ? email.typo : email.different;
    if (a.spellsName || b.spellsName || !/\d/.test(x)) return x.length >= 5 || isSameName ? email.spelled : email.different;
    return x.length >= 6 ? email.local : email.different;
  }
  // Two names that differ by a letter explain two addresses that do.
  if (a.spellsName && b.spellsName) return email.different;
  if (
    (isSameDomain || isMistypedDomain(a.domain, b.domain)) &&
    a.number === b.number &&
    x.length >= 5 &&
    editDistance(x, y, 1) <= 1
  )
    return email.typo;
  const isLong = a.mailbox.length >= 12 && b.mailbox.length >= 12 && a.number === b.number;
  return isLong && editDistance(a.mailbox, b.mailbox, 2) <= 2 && !(isSameDomain && x.length < 8) ? email.typo : email.different;
}

function isMistypedDomain(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= 6 && editDistance(a, b, 2) <= (Math.min(a.length, b.length) >= 9 ? 2 : 1);
}

/** True for john.smith@acme.com and john.smith2@acme.com. */
function areNumbered(a: Person, b: Person): boolean {
  return a.emails.some((x) =>
    b.emails.some(
      (y) =>
        x.domain === y.domain &&
        x.number !== y.number &&
        x.local.slice(0, x.local.length - x.number.length) === y.local.slice(0, y.local.length - y.number.length) &&
        x.number.length <= 2 &&
        y.number.length <= 2,
    ),
  );
}

function comparePhones(a: readonly string[], b: readonly string[], shared: SharedValues, values: Values): number {
  if (a.length === 0 || b.length === 0) return phone.missing;
  const same = a.find((number) => b.includes(number));
  if (same !== undefined) {
    if (shared.phones.has(same)) return phone.missing;
    values.phone = same;
    return phone.same;
  }
  return a.some((x) => b.some((y) => x.length === y.length && editDistance(x, y, 1) <= 1)) ? phone.typo : phone.different;
}

function compareCompanies(a: Person, b: Person, values: Values): number {
  const namesOfA = companyNames(a);
  const namesOfB = companyNames(b);
  if (namesOfA.length === 0 || namesOfB.length === 0) return company.missing;
  const same = namesOfA.find((name) => namesOfB.includes(name));
  if (same !== undefined) {
    values.company = same;
    return company.same;
  }
  return namesOfA.some((x) => namesOfB.some((y) => areSimilarCompanies(x, y))) ? company.similar : company.different;
}

/** Text and domain of a company are one fact. */
export const companyNames = (person: Person): readonly string[] =>
  person.company === null || person.domains.includes(person.company) ? person.domains : [person.company, ...person.domains];

function areSimilarCompanies(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length < 4) return false;
  return long.startsWith(short) || (short.length >= 6 && editDistance(a, b, 2) <= 2);
}

function compareIds(a: Person, b: Person, shared: SharedValues, values: Values): number {
  let level: number = ids.missing;
  for (const first of a.ids) {
    for (const second of b.ids) {
      if (first.kind !== second.kind || shared.ids.has(first.id) || shared.ids.has(second.id)) continue;
      if (first.id === second.id) {
        values.ids = first.id;
        return ids.same;
      }
      level = ids.different;
    }
  }
  return level;
}
