import { connectedGroups } from "./groups.ts";
import { averageLinkage, type Merge } from "./linkage.ts";
import { probabilityOf } from "./model.ts";

/** Records may not be joined automatically below these odds, however precise the set is as a whole. */
const minAutomaticBits = 0.5;
/** Share of wrong pairs that the automatic links of a set may have, by their own estimate. */
const maxWrongShare = 0.006;
/** Pairs below this connect no group. */
const groupBits = -3;

export interface Clustering {
  /** First record of the cluster of each record. */
  clusterOf: Int32Array;
  /** log2 of the odds by which each record joined its cluster; infinite for a record alone. */
  bitsOf: Float64Array;
  /** Least average at which clusters were joined. */
  threshold: number;
  /** The joins, by numbers of records. Those of a cluster are in the order of their evidence. */
  merges: readonly Merge[];
}

/** What people decided: pairs that are one customer, and pairs that are two. Indexes of records. */
export interface Constraints {
  together: readonly (readonly [number, number])[];
  apart: readonly (readonly [number, number])[];
}

/** Joins records whose evidence is, on average over all pairs of a cluster, above the threshold that keeps the estimated precision. */
export function clusterRecords(
  size: number,
  pairs: Int32Array,
  bits: Float64Array,
  scoreOfPair: (a: number, b: number) => number,
  { together, apart }: Constraints,
  weightOfPair: (a: number, b: number) => number = () => 1,
): Clustering {
  const keyOf = (a: number, b: number): number => Math.min(a, b) * size + Math.max(a, b);
  const scores = new Map<number, number>();
  for (let pair = 0; pair < bits.length; pair++)
    if ((bits[pair] ?? 0) > groupBits) scores.set(keyOf(pairs[2 * pair] ?? 0, pairs[2 * pair + 1] ?? 0), bits[pair] ?? 0);
  const [allPairs, allBits] = withDecisions(pairs, bits, together);
  const apartKeys = new Set(apart.map(([a, b]) => keyOf(a, b)));
  const partners = Map.groupBy(together, ([a]) => a);
  const merges: Merge[] = [];
  for (const group of connectedGroups(size, allPairs, allBits, groupBits)) {
    const positions = new Map(group.map((record, position) => [record, position]));
    const own = averageLinkage(
      {
        size: group.length,
        bitsOf(x, y) {
          const [a, b] = [group[x] ?? 0, group[y] ?? 0];
          return scores.get(keyOf(a, b)) ?? scoreOfPair(a, b);
        },
        weightOf: (x, y) => weightOfPair(group[x] ?? 0, group[y] ?? 0),
        together: group.flatMap((record, x) =>
          (partners.get(record) ?? []).flatMap(([, partner]) => {
            const y = positions.get(partner);
            return y === undefined ? [] : [[x, y] as const];
          }),
        ),
        isApart: apartKeys.size === 0 ? undefined : (x, y) => apartKeys.has(keyOf(group[x] ?? 0, group[y] ?? 0)),
      },
      minAutomaticBits,
    );
    for (const merge of own) merges.push({ ...merge, a: group[merge.a] ?? 0, b: group[merge.b] ?? 0 });
  }
  const threshold = thresholdOf(merges);
  const joins = merges.filter((merge) => merge.bits >= threshold);
  return { ...applied(size, joins), threshold, merges: joins };
}

/**
 * Probability that a merge is right, from the average evidence of its pairs. Pairs that only lack facts lower the average, so that it
 * understates: the correction was measured on labeled sets, and stays below what they showed.
 */
export const confidenceOf = (bits: number): number => probabilityOf(bits + understatedBits);
const understatedBits = 2.5;

function withDecisions(pairs: Int32Array, bits: Float64Array, together: Constraints["together"]): [Int32Array, Float64Array] {
  if (together.length === 0) return [pairs, bits];
  const allPairs = new Int32Array(pairs.length + 2 * together.length);
  const allBits = new Float64Array(bits.length + together.length).fill(Number.POSITIVE_INFINITY);
  allPairs.set(pairs);
  allPairs.set(together.flat(), pairs.length);
  allBits.set(bits);
  return [allPairs, allBits];
}

/** The least threshold at which the estimated share of wrong pairs is small enough. */
function thresholdOf(merges: readonly Merge[]): number {
  const ordered = merges.toSorted((a, b) => b.bits - a.bits);
  let total = 0;
  let wrong = 0;
  let threshold = Number.POSITIVE_INFINITY;
  for (const { bits, pairs } of ordered) {
    total += pairs;
    wrong += pairs * (1 - confidenceOf(bits));
    // A single link of a small set has to be certain on its own.
    if (wrong / total <= maxWrongShare || confidenceOf(bits) >= certain) threshold = bits;
  }
  return threshold;
}
const certain = 0.99;

function applied(size: number, merges: readonly Merge[]): Pick<Clustering, "clusterOf" | "bitsOf"> {
  const clusterOf = Int32Array.from({ length: size }, (_, record) => record);
  const bitsOf = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const members = new Map<number, number[]>();
  for (const { a, b, bits } of merges) {
    const [first, second] = [members.get(a) ?? [a], members.get(b) ?? [b]];
    // A record's own link is the one by which it joined, alone or as the smaller part.
    for (const record of second.length <= first.length ? second : first) bitsOf[record] = Math.min(bitsOf[record] ?? bits, bits);
    if (first.length === 1) bitsOf[a] = Math.min(bitsOf[a] ?? bits, bits);
    for (const record of second) clusterOf[record] = a;
    members.set(a, [...first, ...second]);
    members.delete(b);
  }
  return { clusterOf, bitsOf };
}
