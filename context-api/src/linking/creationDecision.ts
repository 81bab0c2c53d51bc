import type { StoredRecord } from "@sidelight/model/records.ts";
import type { FoundPeople } from "./findMatches.ts";
import type { PersonMatch } from "./scoreCustomers.ts";

/** Confidence from which the model's match counts as the same person, where the configuration lets it link. */
const certainConfidence = 0.99;
/** Confidence from which a match is a question. */
const askConfidence = 0.5;

/** Where a record would be created. */
export interface CreationTarget {
  /** `platform.object` */
  object: string;
  /** Id of the connection; null for any. */
  connection: string | null;
}

/**
 * What to do instead of creating a record unseen. `use`: `record` is the person's record at the target. `create`: the target has none.
 * `ask`: the records of `matches` may be the person's, and a person has to decide.
 */
export type CreationDecision =
  | { decision: "use"; record: StoredRecord<"person">; customer: string }
  | { decision: "create" }
  | { decision: "ask"; matches: PersonMatch[] };

/**
 * Decides about a record that is about to be created.
 * @param target null for any platform: each record of the person counts
 * @param isLinking true when the model may link without a person
 */
export function decideCreation(
  { own, matches }: FoundPeople,
  target: CreationTarget | null,
  isLinking: boolean,
): CreationDecision {
  const ownRecord = own && recordAt(own.records, target);
  if (own && ownRecord) return { decision: "use", record: ownRecord, customer: own.node };
  const certain = matches.filter((match) => isSure(match, isLinking));
  const open = matches.filter((match) => recordAt(match.records, target) && (isSure(match, isLinking) || isQuestion(match)));
  const [first, second] = certain;
  if (first && !second) {
    const record = recordAt(first.records, target, first.best);
    if (record) return { decision: "use", record, customer: first.node };
  }
  return open.length === 0 ? { decision: "create" } : { decision: "ask", matches: open };
}

/** True when a match is the person without a question. */
const isSure = ({ isCertain, isContradicted, confidence }: PersonMatch, isLinking: boolean): boolean =>
  isCertain || (isLinking && !isContradicted && confidence >= certainConfidence);

/** A name alone is no question, because many people share one. Another name is one only with the same address or id. */
const isQuestion = ({ confidence, hasEvidence, isContradicted, sharesIdentifier }: PersonMatch): boolean =>
  sharesIdentifier || (hasEvidence && !isContradicted && confidence >= askConfidence);

/** The record of a customer at a target: the one that matched best if it is there, otherwise the oldest. */
export function recordAt(
  records: readonly StoredRecord<"person">[],
  target: CreationTarget | null,
  best: StoredRecord<"person"> | null = null,
): StoredRecord<"person"> | null {
  const present = records.filter((record) => target === null || isAt(record, target));
  return present.find(({ key }) => key === best?.key) ?? present[0] ?? null;
}

const isAt = (record: StoredRecord<"person">, { object, connection }: CreationTarget): boolean =>
  `${record.platform}.${record.object}` === object && (connection === null || record.connection === connection);
