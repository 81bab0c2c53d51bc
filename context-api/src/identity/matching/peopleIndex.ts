import { blockingKeys } from "./blocking.ts";
import { confidenceOf } from "./clusterRecords.ts";
import { compare } from "./comparison.ts";
import type { InputRecord } from "./inputRecord.ts";
import { type FittedSet, scorePeople } from "./matchRecords.ts";
import { weightsOf } from "./model.ts";
import { personOf } from "./person.ts";
import { type MatchReason, reasonsOf } from "./reasons.ts";
import { isVetoed } from "./score.ts";

/** A record of the set that may be the person that is looked for. */
export interface Match {
  /** Index of the record in the set. */
  index: number;
  confidence: number;
  /** True when the facts name two people. */
  isContradicted: boolean;
  reasons: MatchReason[];
}

export interface PeopleIndex {
  /** The records that may be the same person, best first. Its cost does not grow with the set. */
  find(record: InputRecord): Match[];
}

/** Records under one key that are compared. A key that more of them share is too common to be evidence. */
const maxBlock = 100;
const maxMatches = 10;
const minConfidence = 0.2;

export function createPeopleIndex(set: FittedSet): PeopleIndex {
  const { people, model, shared, traits } = set;
  const weights = weightsOf(model);
  const blocks = new Map<string, number[]>();
  for (const [index, person] of people.entries()) {
    for (const key of blockingKeys(person)) {
      const block = blocks.get(key);
      if (!block) blocks.set(key, [index]);
      else if (block.length <= maxBlock) block.push(index);
    }
  }
  return {
    find(record) {
      const person = personOf(record);
      const candidates = new Set<number>();
      for (const key of blockingKeys(person)) {
        const block = blocks.get(key) ?? [];
        if (block.length <= maxBlock) for (const index of block) candidates.add(index);
      }
      return [...candidates]
        .map((index) => ({ index, confidence: confidenceOf(scorePeople(person, people[index], set, weights)) }))
        .filter(({ confidence }) => confidence >= minConfidence)
        .sort((a, b) => b.confidence - a.confidence || a.index - b.index)
        .slice(0, maxMatches)
        .flatMap((match) => {
          const other = people[match.index];
          if (!other) return [];
          const comparison = compare(person, other, shared);
          return [{ ...match, isContradicted: isVetoed(comparison, traits), reasons: reasonsOf(comparison) }];
        });
    },
  };
}
