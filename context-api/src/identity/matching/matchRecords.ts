import { candidatePairs } from "./blocking.ts";
import { type Clustering, type Constraints, clusterRecords } from "./clusterRecords.ts";
import { compare, facts, type SharedValues } from "./comparison.ts";
import { randomPairs, refit, samplePairs } from "./fitModel.ts";
import { frequenciesOf } from "./frequencies.ts";
import type { InputRecord } from "./inputRecord.ts";
import { type FrequencyOf, type Model, probabilityOf, shippedModel, weightsOf } from "./model.ts";
import { comparePairs } from "./pairTable.ts";
import { type Person, personOf } from "./person.ts";
import { type SetTraits, scoreOf, traitsOf } from "./score.ts";
import { findSharedValues, type Strike } from "./sharedValues.ts";

/** Frequencies are counted over people, and who is one person follows from the frequencies. */
const rounds = 2;
const fitSteps = 6;
const maxFitPairs = 300_000;
const maxRandomPairs = 150_000;

/** A model together with what the set of records showed. It scores any pair of the set, and any new record against it. */
export interface FittedSet {
  people: readonly Person[];
  model: Model;
  frequencyOf: FrequencyOf;
  shared: SharedValues;
  traits: SetTraits;
}

export interface MatchResult extends FittedSet {
  clustering: Clustering;
  strikes: Strike[];
  /** Candidate pairs, a[0], b[0], a[1], b[1]…, and the log2 of their odds. */
  pairs: Int32Array;
  bits: Float64Array;
}

export interface MatchOptions {
  /** Scores with this model. It is fitted to the records when left out. */
  model?: Model | undefined;
  /** With fewer candidate pairs than this, the shipped model is used as it is. */
  minFitPairs?: number;
}

const noConstraints: Constraints = { together: [], apart: [] };

/**
 * Finds the records that are one person: candidate pairs by blocking, their evidence by Fellegi and Sunter's model, whose parameters are
 * fitted to the set without labels, and clusters by average linkage.
 */
export function matchRecords(
  records: readonly InputRecord[],
  constraints: Constraints = noConstraints,
  { model: givenModel, minFitPairs = 0 }: MatchOptions = {},
): MatchResult {
  const people = records.map(personOf);
  const { shared, strikes } = findSharedValues(people);
  const pairs = candidatePairs(people);
  const table = comparePairs(people, pairs, shared);
  const fitPairs = samplePairs(pairs, maxFitPairs);
  const fitTable = fitPairs === pairs ? table : comparePairs(people, fitPairs, shared);
  const isFitted = givenModel === undefined && table.size >= minFitPairs;
  const randomTable = comparePairs(people, randomPairs(people.length, isFitted ? maxRandomPairs : 0), shared);
  const traits = traitsOf(fitTable.levels);
  let model = givenModel ?? shippedModel;
  let frequencyOf = frequenciesOf(people, (index) => index);
  const completeness = people.map(factsOfPerson);
  const weightOfPair = (a: number, b: number): number => commonFacts(completeness[a] ?? 0, completeness[b] ?? 0);
  const cluster = (): { bits: Float64Array; clustering: Clustering } => {
    const weights = weightsOf(model);
    const bits = table.scores(weights, frequencyOf, traits);
    const score = (a: number, b: number): number =>
      scorePeople(people[a], people[b], { model, frequencyOf, shared, traits }, weights);
    return { bits, clustering: clusterRecords(people.length, pairs, bits, score, constraints, weightOfPair) };
  };
  for (let round = 0; round < rounds; round++) {
    for (let step = 0; isFitted && step < fitSteps; step++) {
      const weights = weightsOf(model);
      const probabilities = fitTable.scores(weights, frequencyOf, traits).map(probabilityOf);
      const random = randomTable.scores(weights, frequencyOf, traits).map(probabilityOf);
      model = refit(
        { levels: fitTable.levels, probabilities },
        { levels: randomTable.levels, probabilities: random },
        { records: people.length, scale: fitTable.size === 0 ? 1 : table.size / fitTable.size },
      );
    }
    const { clusterOf } = cluster().clustering;
    frequencyOf = frequenciesOf(people, (index) => clusterOf[index] ?? index);
  }
  return { people, model, frequencyOf, shared, traits, strikes, pairs, ...cluster() };
}

/** log2 of the odds that two people are one. */
export function scorePeople(
  a: Person | undefined,
  b: Person | undefined,
  { model, frequencyOf, shared, traits }: Omit<FittedSet, "people">,
  weights = weightsOf(model),
): number {
  if (!a || !b) return Number.NEGATIVE_INFINITY;
  const { levels, values, isNumbered } = compare(a, b, shared);
  const shareOf = (index: number): number => {
    const fact = facts[index] ?? "given";
    const value = values[fact];
    return value === undefined ? 0 : frequencyOf(fact, value);
  };
  return scoreOf({ levels, isNumbered, shareOf }, weights, traits);
}

/** The facts that a record has, a bit each. */
function factsOfPerson({ given, family, single, birth, address, emails, phones, company, domains, ids }: Person): number {
  const has = [
    given.length > 0 || single !== null,
    family.length > 0 || single !== null,
    birth !== null,
    address !== null,
    emails.length > 0,
    phones.length > 0,
    company !== null || domains.length > 0,
    ids.length > 0,
  ];
  return has.reduce((bits, isPresent, index) => (isPresent ? bits | (1 << index) : bits), 0);
}

/** Number of facts that two records share, at least one half, so that every pair counts. */
function commonFacts(a: number, b: number): number {
  let count = 0;
  for (let bits = a & b; bits > 0; bits >>= 1) count += bits & 1;
  return Math.max(0.5, count);
}
