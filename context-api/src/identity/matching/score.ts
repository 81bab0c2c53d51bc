import { address, birth, company, email, facts, family, given, ids, phone } from "./comparison.ts";
import { maxBits, type Weights } from "./model.ts";

/** Evidence of two people: it weighs against several strong agreements of other pairs of the group. */
export const vetoBits = -15;
/** The same in a set where many names are wrong: the pair joins nothing, and weighs little against agreements. */
const softVetoBits = -3;
/** Least evidence of a pair without a veto. Most pairs that score lower only lack facts. */
const minPairBits = -6;
const maxPairBits = 14;
/** One telephone is used by several people. */
const unnamedPhoneBits = 6;
/** An address of a function says little more than the company that both work for. */
const sharedMailboxBits = 2;

/** What a set as a whole shows about its records. */
export interface SetTraits {
  /**
   * True when names are replaced by mistake as often as family names are, and relatives are rare: records that agree in address and birth
   * date are then one person with a wrong name, and no twins.
   */
  hasWrongNames: boolean;
}

/** One compared pair. `levels` are in the order of `facts`. */
export interface PairView {
  levels: Uint8Array;
  /** Share of people with the agreeing value of a fact, by its index; 0 when the average of the level applies. */
  shareOf(fact: number): number;
  isNumbered: boolean;
}

const at = Object.fromEntries(facts.map((fact, index) => [fact, index])) as Record<(typeof facts)[number], number>;

/** Bits that each fact adds, in the order of `facts`. One fact counts once. */
export function bitsByFact({ levels, shareOf }: PairView, weights: Weights): Float64Array {
  const bits = new Float64Array(facts.length);
  for (let fact = 0; fact < facts.length; fact++) {
    const level = levels[fact] ?? 0;
    const share = shareOf(fact);
    const average = weights.byLevel[fact]?.[level] ?? 0;
    bits[fact] =
      share === 0 ? average : Math.min(maxBits[facts[fact] ?? "given"], Math.log2((weights.m[fact]?.[level] ?? 1) / share));
  }
  const cap = (fact: number, limit: number): void => {
    bits[fact] = Math.min(bits[fact] ?? 0, limit);
  };
  const isNamed = hasCompatibleName(levels);
  // An address that only spells the name is no second proof of it.
  if (levels[at.email] === email.spelled && isNamed) cap(at.email, 0);
  if (levels[at.email] === email.shared) cap(at.email, sharedMailboxBits);
  // The domain of an equal address is part of the address.
  const isSameMailbox = levels[at.email] === email.same || levels[at.email] === email.typo;
  if (isSameMailbox && levels[at.company] === company.same) cap(at.company, 1);
  if (levels[at.phone] === phone.same && !isNamed) cap(at.phone, unnamedPhoneBits);
  return bits;
}

/** log2 of the odds that two records are one person, limited so that no pair decides for a whole group. */
export function scoreOf(pair: PairView, weights: Weights, traits: SetTraits): number {
  const isVeto = isVetoed(pair, traits);
  if (isVeto && !traits.hasWrongNames) return vetoBits;
  const bits = bitsByFact(pair, weights);
  let total = weights.prior;
  for (let fact = 0; fact < bits.length; fact++) total += bits[fact] ?? 0;
  const limited = Math.max(minPairBits, Math.min(maxPairBits, total));
  return isVeto ? Math.min(limited, softVetoBits) : limited;
}

/** Evidence without limits and vetoes, to rank suggestions. */
export function unlimitedScoreOf(pair: PairView, weights: Weights): number {
  return bitsByFact(pair, weights).reduce((sum, bits) => sum + bits, weights.prior);
}

function hasCompatibleName(levels: Uint8Array): boolean {
  const [givenLevel = 0, familyLevel = 0] = levels;
  return (givenLevel > 0 && givenLevel <= given.typo) || (familyLevel > 0 && familyLevel <= family.part);
}

/** True when the facts name two people, whatever else agrees. */
export function isVetoed({ levels, isNumbered }: Pick<PairView, "levels" | "isNumbered">, { hasWrongNames }: SetTraits): boolean {
  const isBirth = levels[at.birth] === birth.same || levels[at.birth] === birth.close;
  const isPhone = levels[at.phone] === phone.same;
  if (isNumbered && !isBirth && !isPhone) return true;
  if (levels[at.given] === given.different && (!isBirth || (isHousehold(levels) && !hasWrongNames))) return true;
  if (!hasWrongNames && isOnlyHousehold(levels)) return true;
  const isSecondProof = isBirth || isPhone || levels[at.ids] === ids.same || levels[at.address] === address.full;
  return levels[at.family] === family.different && !isSecondProof;
}

/**
 * True for birth dates of two people, such as a father and a son of one name at one address. It does not lower the evidence of the pair,
 * because a set may have wrong dates. But nothing is linked against it, and only an address or id of one person makes it worth a question.
 */
export const hasOtherBirth = (levels: Uint8Array): boolean => levels[at.birth] === birth.different;

/** True when both have an address or id that one person has. */
export const hasOwnIdentifier = (levels: Uint8Array): boolean => levels[at.email] === email.same || levels[at.ids] === ids.same;

/** A family name and an address are those of a whole family: a given name, a birth date or an own identifier has to agree too. */
function isOnlyHousehold(levels: Uint8Array): boolean {
  const isStreet = levels[at.address] === address.full || levels[at.address] === address.street;
  if (!isStreet || !isHousehold(levels)) return false;
  const isMailbox = levels[at.email] === email.same || levels[at.email] === email.typo;
  if (isMailbox || levels[at.phone] === phone.same || levels[at.ids] === ids.same) return false;
  const [givenLevel, birthLevel] = [levels[at.given] ?? 0, levels[at.birth] ?? 0];
  if (givenLevel === given.same || birthLevel === birth.same || birthLevel === birth.close) return false;
  return birthLevel === birth.different || (givenLevel !== given.form && givenLevel !== given.typo);
}

/** One family name at one address. */
function isHousehold(levels: Uint8Array): boolean {
  const [familyLevel, addressLevel] = [levels[at.family] ?? 0, levels[at.address] ?? 0];
  return familyLevel > 0 && familyLevel <= family.part && addressLevel > 0 && addressLevel <= address.postcode;
}

/** Counts what distinguishes wrong names from relatives: a replaced given name is as likely as a replaced family name, twins share one. */
export function traitsOf(levelsOfPairs: Uint8Array): SetTraits {
  let relatives = 0;
  let otherGiven = 0;
  let otherFamily = 0;
  for (let offset = 0; offset < levelsOfPairs.length; offset += facts.length) {
    const levels = levelsOfPairs.subarray(offset, offset + facts.length);
    const isSameBirth = levels[at.birth] === birth.same;
    if (levels[at.given] === given.different && isHousehold(levels)) {
      if (isSameBirth) otherGiven++;
      else if (levels[at.birth] === birth.different) relatives++;
    }
    const addressLevel = levels[at.address] ?? 0;
    const isSameGiven = levels[at.given] !== given.missing && (levels[at.given] ?? 0) <= given.typo;
    if (
      isSameBirth &&
      isSameGiven &&
      levels[at.family] === family.different &&
      addressLevel > 0 &&
      addressLevel <= address.postcode
    )
      otherFamily++;
  }
  return { hasWrongNames: otherGiven >= 3 && otherFamily * 3 >= otherGiven && relatives * shareOfTwins < otherFamily * 0.1 };
}
/** Twins among relatives of one address, at most. */
const shareOfTwins = 0.03;
