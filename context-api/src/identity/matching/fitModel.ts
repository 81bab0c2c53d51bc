import { facts } from "./comparison.ts";
import { type Model, shippedModel } from "./model.ts";

/** Levels of many pairs, `facts.length` bytes a pair. */
export interface LevelTable {
  levels: Uint8Array;
  /** Probability of each pair to be one person, from the model before. */
  probabilities: Float64Array;
}

/** The shipped model counts as this many pairs, so that a small set changes it little. */
const priorMatches = 40;
const priorRandom = 2_000;
/** Less probable pairs teach nothing about matches. Counted with their share, namesakes would pull the model toward themselves. */
const minFitProbability = 0.8;
/** Pairs of an imagined population: in a set of a few records, a match is still rare. */
const backgroundPairs = 2_000;

/**
 * One step of expectation maximization. m comes from the candidates, weighed by their probability, u from random pairs, weighed by the
 * opposite. Labels are not needed.
 * @param records number of records of the set
 * @param scale number of candidate pairs for each that is given
 */
export function refit(candidates: LevelTable, random: LevelTable, { records, scale }: { records: number; scale: number }): Model {
  const matches = scale * candidates.probabilities.reduce((sum, p) => sum + p, 0);
  const m = shares(
    candidates,
    (p) => (p > minFitProbability ? p : 0),
    (fact, level) => shippedModel.comparisons[fact]?.levels[level]?.m ?? 0,
    priorMatches,
  );
  const u = shares(
    random,
    (p) => 1 - p,
    (fact, level) => shippedModel.comparisons[fact]?.levels[level]?.u ?? 0,
    priorRandom,
  );
  return {
    version: "fitted",
    source: "fitted",
    pairs: candidates.probabilities.length,
    prior: Math.min(0.05, (matches + 1) / ((records * (records - 1)) / 2 + backgroundPairs)),
    comparisons: shippedModel.comparisons.map(({ name, levels }, fact) => ({
      name,
      levels: levels.map(({ label }, level) => ({ label, m: m[fact]?.[level] ?? 1, u: u[fact]?.[level] ?? 1 })),
    })),
  };
}

function shares(
  { levels, probabilities }: LevelTable,
  weightOf: (probability: number) => number,
  prior: (fact: number, level: number) => number,
  priorPairs: number,
): number[][] {
  const counts = facts.map((_, fact) =>
    (shippedModel.comparisons[fact]?.levels ?? []).map((_, level) => (level === 0 ? 0 : priorPairs * prior(fact, level))),
  );
  for (let pair = 0; pair < probabilities.length; pair++) {
    const weight = weightOf(probabilities[pair] ?? 0);
    for (let fact = 0; fact < facts.length; fact++) {
      const level = levels[pair * facts.length + fact] ?? 0;
      const row = counts[fact];
      if (level > 0 && row) row[level] = (row[level] ?? 0) + weight;
    }
  }
  return counts.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, level) => (level === 0 ? 1 : count / total));
  });
}

/** Every n-th pair, so that at most `limit` remain. */
export function samplePairs(pairs: Int32Array, limit: number): Int32Array {
  const step = Math.ceil(pairs.length / 2 / limit);
  if (step <= 1) return pairs;
  const sample = new Int32Array(2 * Math.ceil(pairs.length / 2 / step));
  for (let i = 0; 2 * i < sample.length; i++) sample.set(pairs.subarray(2 * i * step, 2 * i * step + 2), 2 * i);
  return sample;
}

/** Pairs of two records each, chosen by a generator with a fixed seed, so that the same records give the same model. */
export function randomPairs(records: number, limit: number): Int32Array {
  const count = records < 2 ? 0 : Math.min(limit, (records * (records - 1)) / 2);
  const pairs = new Int32Array(2 * count);
  let state = 12_345;
  const next = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  for (let i = 0; i < count; i++) {
    const a = next(records);
    const b = next(records - 1);
    pairs[2 * i] = a;
    pairs[2 * i + 1] = b >= a ? b + 1 : b;
  }
  return pairs;
}
