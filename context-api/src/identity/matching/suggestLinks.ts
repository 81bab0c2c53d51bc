import { confidenceOf } from "./clusterRecords.ts";
import { compare } from "./comparison.ts";
import { type MatchResult, scorePeople } from "./matchRecords.ts";
import { weightsOf } from "./model.ts";
import { type MatchReason, reasonsOf } from "./reasons.ts";
import { hasOtherBirth, isVetoed } from "./score.ts";

/** Two records, by index, whose customers are one by the model. */
export interface ModelLink {
  a: number;
  b: number;
  /** Estimated probability that the link is right, 0 to 1. */
  confidence: number;
  /** What speaks for it. */
  reasons: MatchReason[];
  /** All records that the model takes for this person, also those that are not certain enough to be linked. */
  cluster: readonly number[];
}

/** Estimated probability from which the model links on its own. */
export const automaticConfidence = 0.99;

/**
 * The joins of the clustering that make two customers one and are certain enough, each with the two records that agree most. A cluster
 * with records whose facts contradict each other gives no link.
 * @param groupOf customer of each record
 */
export function suggestLinks(result: MatchResult, groupOf: (index: number) => string): ModelLink[] {
  const { people, clustering, model, shared, traits } = result;
  const weights = weightsOf(model);
  const clusters = new Map<number, Cluster>();
  const clusterOf = (first: number): Cluster => clusters.get(first) ?? { members: [first], isContradicted: false };
  const isContradicting = (a: number, b: number): boolean => {
    const [personA, personB] = [people[a], people[b]];
    if (personA === undefined || personB === undefined) return false;
    const comparison = compare(personA, personB, shared);
    return hasOtherBirth(comparison.levels) || isVetoed(comparison, traits);
  };
  const links: Omit<ModelLink, "cluster">[] = [];
  for (const { a, b, bits } of clustering.merges) {
    const [leftSide, rightSide] = [clusterOf(a), clusterOf(b)];
    const isDecided = bits === Number.POSITIVE_INFINITY;
    const isContradicted =
      leftSide.isContradicted ||
      rightSide.isContradicted ||
      (!isDecided && somePair(leftSide.members, rightSide.members, isContradicting));
    clusters.set(a, { members: [...leftSide.members, ...rightSide.members], isContradicted });
    const confidence = confidenceOf(bits);
    if (isContradicted || isDecided || confidence < automaticConfidence || groupOf(a) === groupOf(b)) continue;
    const score = (first: number, second: number): number => scorePeople(people[first], people[second], result, weights);
    const pair = bestPair(leftSide.members, rightSide.members, score);
    const [personA, personB] = [people[pair[0]], people[pair[1]]];
    if (!personA || !personB) continue;
    const reasons = reasonsOf(compare(personA, personB, shared)).filter(({ isContradiction }) => !isContradiction);
    links.push({ a: pair[0], b: pair[1], confidence, reasons });
  }
  const members = Map.groupBy(clustering.clusterOf.keys(), (record) => clustering.clusterOf[record] ?? record);
  return links.map((link) => ({ ...link, cluster: members.get(clustering.clusterOf[link.a] ?? link.a) ?? [] }));
}

interface Cluster {
  members: number[];
  /** True when facts of its records contradict each other, without a decision of a person. */
  isContradicted: boolean;
}

const somePair = (
  leftSide: readonly number[],
  rightSide: readonly number[],
  isMatching: (a: number, b: number) => boolean,
): boolean => leftSide.some((a) => rightSide.some((b) => isMatching(a, b)));

function bestPair(
  leftSide: readonly number[],
  rightSide: readonly number[],
  scoreOf: (a: number, b: number) => number,
): [number, number] {
  let best: [number, number] = [leftSide[0] ?? 0, rightSide[0] ?? 0];
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const a of leftSide) {
    for (const b of rightSide) {
      const score = scoreOf(a, b);
      if (score <= bestScore) continue;
      best = [a, b];
      bestScore = score;
    }
  }
  return best;
}
