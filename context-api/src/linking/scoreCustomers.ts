import type { Identifier, StoredRecord } from "@sidelight/model/records.ts";
import { clusteringKinds } from "../identity/clusterRecord.ts";
import { confidenceOf } from "../identity/matching/clusterRecords.ts";
import {
  address,
  birth,
  company,
  compare,
  email,
  facts,
  ids,
  phone,
  type SharedValues,
} from "../identity/matching/comparison.ts";
import { type InputRecord, inputRecord } from "../identity/matching/inputRecord.ts";
import { scorePeople } from "../identity/matching/matchRecords.ts";
import { type Model, weightsOf } from "../identity/matching/model.ts";
import { type Person, personOf } from "../identity/matching/person.ts";
import { type MatchReason, reasonsOf } from "../identity/matching/reasons.ts";
import { hasOtherBirth, isVetoed } from "../identity/matching/score.ts";
import { findSharedValues } from "../identity/matching/sharedValues.ts";
import { compareNames } from "../identity/names.ts";
import { personInput } from "./personInput.ts";

type PersonRecord = StoredRecord<"person">;

export interface CustomerOfRecords {
  node: string;
  /** Oldest first. */
  records: PersonRecord[];
}

/** A customer that may be the person who is looked for. */
export interface PersonMatch extends CustomerOfRecords {
  /** The record that matches best. */
  best: PersonRecord;
  /** Estimated probability, 0 to 1. */
  confidence: number;
  /** True when both share an identifier that joins records by rule, and no name contradicts it. */
  isCertain: boolean;
  /** True when names or other facts name two people. */
  isContradicted: boolean;
  /** True when both have an address or id that names one person, also when several customers have it. */
  sharesIdentifier: boolean;
  /** True when more than the name agrees. */
  hasEvidence: boolean;
  reasons: MatchReason[];
}

export interface Scoring {
  model: Model;
  /** The record as it would be created. */
  record: InputRecord;
  /** Stored records of the same person. */
  own: readonly PersonRecord[];
  customers: readonly CustomerOfRecords[];
  /** Identifiers that join records by rule. */
  certain: readonly NamedValue[];
  /** Identifiers that are no evidence, because several customers have them. */
  contested: readonly NamedValue[];
  /** Values of identifiers that too many records have: they are no evidence at all. */
  overCap?: ReadonlySet<string>;
}

/** An identifier, also of a kind that only the projections have. */
type NamedValue = Pick<Identifier, "value"> & { kind: string };

/** Matches that are less probable are left out. */
const minConfidence = 0.2;
const traits = { hasWrongNames: false };

/** Scores customers against a person, best first. */
export function scoreCustomers({
  model,
  record,
  own,
  customers,
  certain,
  contested: contestedIdentifiers,
  overCap = new Set(),
}: Scoring): PersonMatch[] {
  const comparable = (stored: PersonRecord): Comparable => comparableOf(personInput(stored), stored.data.name, overCap);
  const sought = [comparableOf(record, nameIn(record), overCap), ...own.map(comparable)];
  const comparedCustomers = customers.map((customer) => ({
    customer,
    records: customer.records.map((stored): ComparedRecord => ({ stored, ...comparable(stored) })),
  }));
  const valuesInCommon = sharedValues(
    [...sought, ...comparedCustomers.flatMap(({ records }) => records)].map(({ person }) => person),
    contestedIdentifiers,
  );
  // How frequent a value is among all people is not known here. The average of its kind applies.
  const set = { model, frequencyOf: () => 0, shared: valuesInCommon, traits };
  const weights = weightsOf(model);
  const certainNames = new Set(certain.map(identifierName));
  const sharedNames = new Set([...certain, ...contestedIdentifiers].map(identifierName));
  return comparedCustomers.flatMap(({ customer, records }) => matchOf(customer, records) ?? []).sort(byCertainty);

  function matchOf(customer: CustomerOfRecords, records: readonly ComparedRecord[]): PersonMatch | null {
    const pairs = records.flatMap((candidate) => sought.map((soughtPerson) => comparePair(soughtPerson, candidate)));
    const [best] = pairs.toSorted((a, b) => b.confidence - a.confidence);
    if (!best) return null;
    const identifiers = records.flatMap(({ stored }) => stored.identifiers);
    const rules = identifiers.filter((identifier) => certainNames.has(identifierName(identifier)));
    const sharesIdentifier = identifiers.some((identifier) => sharedNames.has(identifierName(identifier)));
    const isOtherName = pairs.some((pair) => pair.isOtherName);
    const isCertain = rules.length > 0 && !isOtherName;
    const confidence = isCertain ? Math.max(best.confidence, ...rules.map(({ kind }) => ruleConfidence(kind))) : best.confidence;
    if (confidence < minConfidence && !sharesIdentifier) return null;
    return {
      ...customer,
      ...{ best: best.stored, confidence, isCertain, sharesIdentifier },
      isContradicted:
        isOtherName || (!isCertain && (isVetoed(best.comparison, traits) || pairs.some(({ isOtherPerson }) => isOtherPerson))),
      hasEvidence: sharesIdentifier || hasEvidence(best.comparison.levels),
      reasons: reasonsOf(best.comparison),
    };
  }

  function comparePair(soughtPerson: Comparable, { stored, ...candidate }: ComparedRecord) {
    const comparison = compare(soughtPerson.person, candidate.person, valuesInCommon);
    return {
      stored,
      comparison,
      confidence: confidenceOf(scorePeople(soughtPerson.person, candidate.person, set, weights)),
      isOtherName: compareNames(soughtPerson.name, candidate.name) === "contradicting",
      isOtherPerson: hasOtherBirth(comparison.levels) || areNumbered(soughtPerson.person, candidate.person),
    };
  }
}

/** Namesakes get numbered addresses at one domain, so that each has its own: ada.smith.59@ and ada.smith.209@. */
function areNumbered(a: Person, b: Person): boolean {
  const stem = ({ local, number }: Person["emails"][number]): string => local.slice(0, local.length - number.length);
  return a.emails.some((x) =>
    b.emails.some((y) => x.domain === y.domain && x.number !== y.number && stem(x) === stem(y) && stem(x) !== ""),
  );
}

interface Comparable {
  person: Person;
  name: string | null;
}
type ComparedRecord = Comparable & { stored: PersonRecord };

const byCertainty = (a: PersonMatch, b: PersonMatch): number =>
  Number(b.isCertain) - Number(a.isCertain) || b.confidence - a.confidence || (a.node < b.node ? -1 : 1);

const identifierName = ({ kind, value }: NamedValue): string => `${kind}\n${value}`;
const ruleConfidence = (kind: string): number => (clusteringKinds.person as Record<string, number>)[kind] ?? 0;

/** A record as it is compared, without values that too many records have. */
function comparableOf(record: InputRecord, name: string | null, overCap: ReadonlySet<string>): Comparable {
  if (overCap.size === 0) return { person: personOf(record), name };
  const isEvidence = (value: string): boolean => !overCap.has(value);
  const evidence: InputRecord = {
    ...record,
    emails: record.emails.filter(isEvidence),
    phones: record.phones.filter(isEvidence),
    externalIds: record.externalIds.filter(({ id }) => isEvidence(id)) as InputRecord["externalIds"],
  };
  return { person: personOf(evidence), name };
}

/** The whole name, also of a record with its parts only. */
export function nameIn({ name, givenName, familyName }: InputRecord): string | null {
  return name ?? ([givenName, familyName].filter((part) => part !== null).join(" ") || null);
}

/** What these people show to be no evidence, and what the store does. */
function sharedValues(people: readonly Person[], contestedIdentifiers: readonly NamedValue[]): SharedValues {
  const { shared: valuesInCommon } = findSharedValues(people);
  const holders = contestedIdentifiers.map(({ kind, value }) =>
    personOf(inputRecord.parse({ id: value, ...(kind === "email" ? { emails: value } : { externalIds: { [kind]: value } }) })),
  );
  return {
    mailboxes: valuesInCommon.mailboxes.union(new Set(holders.flatMap(({ emails }) => emails.map(({ mailbox }) => mailbox)))),
    phones: valuesInCommon.phones,
    ids: valuesInCommon.ids.union(new Set(holders.flatMap((person) => person.ids.map(({ id }) => id)))),
  };
}

/** Levels of facts that support a match, besides the name. */
const supporting: Partial<Record<(typeof facts)[number], readonly number[]>> = {
  birth: [birth.same, birth.close],
  address: [address.full, address.street, address.postcode],
  email: [email.same, email.typo, email.local, email.shared],
  phone: [phone.same],
  company: [company.same, company.similar],
  ids: [ids.same],
};

const hasEvidence = (levels: Uint8Array): boolean =>
  facts.some((fact, index) => supporting[fact]?.includes(levels[index] ?? 0) ?? false);
