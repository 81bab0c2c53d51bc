import { confidenceOf } from "./clusterRecords.ts";
import { compare, facts } from "./comparison.ts";
import type { MatchResult } from "./matchRecords.ts";
import { probabilityOf, weightsOf } from "./model.ts";
import { type MatchReason, reasonsOf } from "./reasons.ts";
import { hasOtherBirth, hasOwnIdentifier, isVetoed, unlimitedScoreOf } from "./score.ts";

/** Two records that may be one person, for a person to decide. */
export interface Suggestion {
  a: number;
  b: number;
  /** 0 to 1. */
  confidence: number;
  reasons: MatchReason[];
}

/** Evidence below this is not worth a person's time. */
const minSuggestionBits = -2;
/** Confidence from which a pair is suggested, 0 to 1. Names that contradict each other are suggested with less. */
export const suggestConfidence = confidenceOf(minSuggestionBits);
/** Names and birth dates that contradict each other are shown only where much else agrees, and with little confidence. */
const minContradictedBits = 4;
const maxContradictedConfidence = 0.3;

/**
 * The pairs of different customers that may be one person, best first: at most one for each pair of customers.
 * @param groupOf customer of each record; the clusters of the model when left out
 */
export function suggestPairs(
  result: MatchResult,
  groupOf: (index: number) => string = (index) => String(result.clustering.clusterOf[index]),
): Suggestion[] {
  const { people, pairs, bits, model, traits, shared, frequencyOf } = result;
  const weights = weightsOf(model);
  const best = new Map<string, Suggestion>();
  for (let pair = 0; pair < bits.length; pair++) {
    const [a, b] = [pairs[2 * pair] ?? 0, pairs[2 * pair + 1] ?? 0];
    const [groupA, groupB] = [groupOf(a), groupOf(b)];
    const [personA, personB] = [people[a], people[b]];
    if (groupA === groupB || !personA || !personB) continue;
    const comparison = compare(personA, personB, shared);
    const isOtherBirth = hasOtherBirth(comparison.levels);
    if (isOtherBirth && !hasOwnIdentifier(comparison.levels)) continue;
    const shareOf = (index: number): number => {
      const fact = facts[index] ?? "given";
      const value = comparison.values[fact];
      return value === undefined ? 0 : frequencyOf(fact, value);
    };
    const total = unlimitedScoreOf({ ...comparison, shareOf }, weights);
    const isContradicted = isOtherBirth || isVetoed(comparison, traits);
    if (total < (isContradicted ? minContradictedBits : minSuggestionBits)) continue;
    const confidence = isContradicted
      ? Math.min(maxContradictedConfidence, probabilityOf(total))
      : Math.min(0.98, confidenceOf(total));
    const key = groupA < groupB ? `${groupA} ${groupB}` : `${groupB} ${groupA}`;
    if ((best.get(key)?.confidence ?? 0) < confidence) best.set(key, { a, b, confidence, reasons: reasonsOf(comparison) });
  }
  return [...best.values()].sort((x, y) => y.confidence - x.confidence || x.a - y.a || x.b - y.b);
}
