import { compare, type Fact, facts, type SharedValues } from "./comparison.ts";
import type { FrequencyOf, Weights } from "./model.ts";
import type { Person } from "./person.ts";
import { type PairView, type SetTraits, scoreOf } from "./score.ts";

/** Compared pairs in a compact form, because a set of 100,000 records has millions. */
export interface PairTable {
  size: number;
  /** `facts.length` bytes a pair. */
  levels: Uint8Array;
  /** log2 of odds of each pair. */
  scores(weights: Weights, frequencyOf: FrequencyOf, traits: SetTraits): Float64Array;
}

/** @param pairs indexes of people: a[0], b[0], a[1], b[1]… */
export function comparePairs(people: readonly Person[], pairs: Int32Array, shared: SharedValues): PairTable {
  const size = pairs.length / 2;
  const levels = new Uint8Array(size * facts.length);
  const values = new Int32Array(size * facts.length);
  const numbered = new Uint8Array(size);
  const dictionary = createDictionary();
  for (let pair = 0; pair < size; pair++) {
    const [a, b] = [people[pairs[pair * 2] ?? 0], people[pairs[pair * 2 + 1] ?? 0]];
    if (!a || !b) continue;
    const comparison = compare(a, b, shared);
    const offset = pair * facts.length;
    levels.set(comparison.levels, offset);
    numbered[pair] = comparison.isNumbered ? 1 : 0;
    for (let index = 0; index < facts.length; index++) {
      const fact = facts[index] ?? "given";
      const value = comparison.values[fact];
      if (value !== undefined) values[offset + index] = dictionary.idOf(fact, value);
    }
  }
  return {
    size,
    levels,
    scores(weights, frequencyOf, traits) {
      const shares = Float64Array.from(dictionary.values, ([fact, value]) => frequencyOf(fact, value));
      const scores = new Float64Array(size);
      let offset = 0;
      const view: PairView = {
        levels,
        isNumbered: false,
        shareOf: (fact) => (values[offset + fact] ? (shares[values[offset + fact] ?? 0] ?? 0) : 0),
      };
      for (let pair = 0; pair < size; pair++) {
        offset = pair * facts.length;
        view.levels = levels.subarray(offset, offset + facts.length);
        view.isNumbered = numbered[pair] === 1;
        scores[pair] = scoreOf(view, weights, traits);
      }
      return scores;
    },
  };
}

/** Numbers for agreeing values, from 1 on. */
function createDictionary() {
  const ids = new Map<string, number>();
  const values: [Fact, string][] = [["given", ""]];
  return {
    values,
    idOf(fact: Fact, value: string): number {
      const key = `${fact} ${value}`;
      const existingId = ids.get(key);
      if (existingId !== undefined) return existingId;
      ids.set(key, values.length);
      values.push([fact, value]);
      return values.length - 1;
    },
  };
}
