import { isPlaceholderName } from "@sidelight/model/identifiers/placeholders.ts";
import { isRoleMailbox } from "@sidelight/model/identifiers/roleMailboxes.ts";
import type { DecisionEffect } from "@sidelight/model/records.ts";
import { compareCompanyNames } from "./companyNames.ts";
import { compareNames, type PersonName, parseName } from "./names.ts";

/** Identifiers that make two records one customer, with their confidence. Phone numbers are shared too often and serve look-ups only. */
export const clusteringKinds = {
  // `product_user_case` is the user's id without its case.
  person: { crm_id: 0.98, email: 0.99, product_user: 0.97, product_user_case: 0.95 },
  company: { crm_id: 0.98, domain: 0.9 },
} as const;
export type CustomerKind = keyof typeof clusteringKinds;

/** What a person decided is certain. The model links only what it estimates to be right in 99 of 100 cases. */
const decisionConfidence: Record<string, number> = { linked: 1, model: 0.99 };

/** Confidence of a match by this rule, 0 to 1. */
export function confidenceOf(rule: string): number {
  return { ...clusteringKinds.person, ...clusteringKinds.company, ...decisionConfidence }[rule as "email"] ?? 1;
}

/** The part of a record that decides which customer it belongs to. */
export interface ClusterRecord {
  key: string;
  /** Sequence of its first version. The oldest record names the customer. */
  firstSeq: number;
  /** `connection.object` */
  type: string;
  identifiers: { kind: string; identifier: string }[];
  /** Key of the account it belongs to; null when the record names none. */
  account: string | null;
  /** Name of the person or company; null when it is not known. */
  name?: string | null;
  /** Keyed name, from a source that keeps one record for each person: two such records with different names are two people. */
  distinctName?: string | null;
  /** True for a company record of the CRM itself. Two of one type are two companies. */
  isAccount?: boolean;
}

/**
 * A decision that applies. `together`: a person joined one record of each side. `model`: the model did. `apart`: side 1 left side 0, and
 * no longer counts for what both have. `split`: the same, and side 1 is one customer. `distinct`: both sides stay two customers.
 */
export interface ClusterDecision {
  /** Key of the decision's record. */
  key: string;
  sequence: number;
  effect: DecisionEffect;
  /** Keys of records. */
  sides: readonly [readonly string[], readonly string[]];
}

/**
 * More records than this share an identifier only if it names no customer: a placeholder, or the address of an office. Above it the holders
 * are neither read nor matched, so that an event about one of them costs the same however many there are.
 */
export const maxHolders = 50;

export interface Membership {
  node: string;
  rule: string;
}

/**
 * Partitions records into customers. What a person joined comes first, then records that share an identifier that is not contested, then
 * what the model joined. Nothing joins what a decision keeps apart, and no identifier joins people whose names contradict each other.
 * The result does not depend on the order of the records and decisions, apart from which record names a customer.
 */
export function cluster(
  kind: CustomerKind,
  records: readonly ClusterRecord[],
  decisions: readonly ClusterDecision[] = [],
): Map<string, Membership> {
  const orderedRecords = [...records].sort((a, b) => a.firstSeq - b.firstSeq || (a.key < b.key ? -1 : 1));
  const orderedDecisions = [...decisions].sort((a, b) => a.sequence - b.sequence || (a.key < b.key ? -1 : 1));
  const partition = openPartition(kind, orderedRecords, orderedDecisions);
  for (const { effect, sides } of orderedDecisions) {
    if (effect === "together") partition.joinSides(sides, "linked");
    if (effect === "split") partition.joinAll(sides[1], "linked");
  }
  for (const { kind: rule, members } of uncontestedHolders(kind, orderedRecords, orderedDecisions, partition.groupOf))
    partition.joinHolders(members, rule);
  for (const { effect, sides } of orderedDecisions) if (effect === "model") partition.joinSides(sides, "model");
  return namedAfter(partition.memberships(), orderedRecords, orderedDecisions);
}

interface Group {
  /** Oldest first. */
  members: ClusterRecord[];
  /** Side of each decision that keeps something apart. */
  sides: Map<ClusterDecision, Set<number>>;
  names: Set<string>;
  /** True when a person joined records whose names contradict each other: both names are the customer's. */
  hasOtherNames: boolean;
}

/** Groups of records that grow by joins. A join that is not allowed changes nothing. */
function openPartition(kind: CustomerKind, records: readonly ClusterRecord[], decisions: readonly ClusterDecision[]) {
  const groups = new Map<string, Group>();
  const rules = new Map<string, string>();
  const ages = new Map(records.map(({ key }, age) => [key, age]));
  const areContradicting = nameComparison(kind);
  for (const record of records) {
    const group: Group = { members: [record], sides: new Map(), names: new Set(), hasOtherNames: false };
    if (record.name) group.names.add(record.name);
    groups.set(record.key, group);
    rules.set(record.key, "founder");
  }
  for (const decision of decisions.filter(keepsApart))
    for (const side of [0, 1] as const)
      for (const key of decision.sides[side]) {
        const { sides } = groups.get(key) ?? {};
        sides?.set(decision, (sides.get(decision) ?? new Set()).add(side));
      }
  const ageOf = ({ members }: Group): number => ages.get(members[0]?.key ?? "") ?? 0;
  const present = (keys: readonly string[]): string[] =>
    [...new Set(keys)].filter((key) => groups.has(key)).sort((a, b) => (ages.get(a) ?? 0) - (ages.get(b) ?? 0));

  function join(aKey: string, bKey: string, rule: string, isDeliberate = rule === "linked"): boolean {
    const [a, b] = [groups.get(aKey), groups.get(bKey)];
    if (!a || !b) return false;
    if (a === b) return true;
    if (areKeptApart(a, b)) return false;
    const isContradiction = contradict(a, b);
    if (!isDeliberate && (isContradiction || (rule === "domain" && haveTwoAccounts(a, b)))) return false;
    const [older, younger] = ageOf(a) < ageOf(b) ? [a, b] : [b, a];
    rules.set(younger.members[0]?.key ?? "", rule);
    older.members = [...older.members, ...younger.members].sort((x, y) => (ages.get(x.key) ?? 0) - (ages.get(y.key) ?? 0));
    for (const [decision, sides] of younger.sides) older.sides.set(decision, sides.union(older.sides.get(decision) ?? new Set()));
    for (const name of younger.names) older.names.add(name);
    older.hasOtherNames ||= younger.hasOtherNames || isContradiction;
    for (const { key } of younger.members) groups.set(key, older);
    return true;
  }

  function contradict(a: Group, b: Group): boolean {
    if (kind === "company") return false;
    const pairs = [...a.names].flatMap((name) => [...b.names].map((other) => areContradicting(name, other)));
    if (!pairs.includes(true)) return false;
    return a.hasOtherNames || b.hasOtherNames ? pairs.every(Boolean) : true;
  }

  return {
    groupOf: (key: string): unknown => groups.get(key),
    /** Joins the oldest record of each side. When these are kept apart, the next ones. */
    joinSides([left, right]: ClusterDecision["sides"], rule: string): void {
      const others = present(right);
      present(left).some((a) => others.some((b) => join(a, b, rule)));
    },
    joinAll(keys: readonly string[], rule: string): void {
      const [first, ...others] = present(keys);
      for (const other of others) join(first ?? other, other, rule);
    },
    joinHolders(members: readonly ClusterRecord[], rule: string): void {
      // One record that names the other by its id does so on purpose, whatever their names are. Several may share a wrong id.
      const isDeliberate = rule === "crm_id" && members.length === 2;
      for (const [i, { key }] of members.entries())
        members.slice(0, i).some((previous) => join(previous.key, key, rule, isDeliberate));
    },
    memberships: () =>
      new Map<string, Membership>(
        records.map(({ key }) => [key, { node: groups.get(key)?.members[0]?.key ?? key, rule: rules.get(key) ?? "founder" }]),
      ),
  };
}

const keepsApart = ({ effect }: ClusterDecision): boolean => effect === "apart" || effect === "split" || effect === "distinct";
const isLeaving = ({ effect }: ClusterDecision): boolean => effect === "apart" || effect === "split";

function areKeptApart(a: Group, b: Group): boolean {
  for (const [decision, sides] of a.sides) {
    const otherSides = b.sides.get(decision);
    if (otherSides && ((sides.has(0) && otherSides.has(1)) || (sides.has(1) && otherSides.has(0)))) return true;
  }
  return false;
}

const haveTwoAccounts = (a: Group, b: Group): boolean =>
  a.members.some((x) => x.isAccount && b.members.some((y) => y.isAccount && y.type === x.type));

/** Compares each pair of names once. */
function nameComparison(kind: CustomerKind): (a: string, b: string) => boolean {
  const parsedNames = new Map<string, PersonName>();
  const results = new Map<string, boolean>();
  const parsed = (name: string): PersonName => {
    const parsedName = parsedNames.get(name) ?? parseName(name);
    parsedNames.set(name, parsedName);
    return parsedName;
  };
  /** A record of a function, as "Ops" or "Front desk", belongs to no person. */
  const isFunction = (name: string): boolean => isRoleMailbox(name.toLowerCase()) && !isPlaceholderName(name);
  const areOtherPeople = (a: string, b: string): boolean => {
    if (isFunction(a)) return parsed(b).words.length > 0 && !isFunction(b);
    if (isFunction(b)) return parsed(a).words.length > 0;
    return compareNames(parsed(a), parsed(b)) === "contradicting";
  };
  return (a, b) => {
    if (a === b) return false;
    const pair = a < b ? `${a}\n${b}` : `${b}\n${a}`;
    const isContradicting =
      results.get(pair) ?? (kind === "person" ? areOtherPeople(a, b) : compareCompanyNames(a, b) === "different");
    results.set(pair, isContradicting);
    return isContradicting;
  };
}

/**
 * A customer keeps the id of its oldest record after that record left it, so that the id leads on. The part that left is named after
 * the decision then.
 */
function namedAfter(
  memberships: Map<string, Membership>,
  records: readonly ClusterRecord[],
  decisions: readonly ClusterDecision[],
): Map<string, Membership> {
  const ages = new Map(records.map(({ key }, age) => [key, age]));
  const names = new Map<string, string>();
  const oldest = (keys: readonly string[]): string | undefined =>
    keys.filter((key) => ages.has(key)).reduce<string | undefined>((a, b) => (a && isOlder(a, b) ? a : b), undefined);
  const isOlder = (a: string, b: string): boolean => (ages.get(a) ?? 0) < (ages.get(b) ?? 0);
  for (const { key, sides } of decisions.filter(isLeaving)) {
    const [staying, leaving] = [oldest(sides[0]), oldest(sides[1])];
    if (!staying || !leaving || !isOlder(leaving, staying)) continue;
    const [left, right] = [memberships.get(staying)?.node, memberships.get(leaving)?.node];
    // Each id is given once, and a side that belongs to an older customer has the id of that one.
    if (!left || right !== leaving || isOlder(left, leaving) || names.has(left) || names.has(right)) continue;
    names.set(left, leaving).set(right, key);
  }
  if (names.size === 0) return memberships;
  return new Map([...memberships].map(([key, { node, rule }]) => [key, { node: names.get(node) ?? node, rule }]));
}

/** Stronger evidence joins first, so that it decides where weaker evidence contradicts it. */
const ruleOrder = ["crm_id", "email", "product_user", "product_user_case", "domain"];

interface Holders {
  kind: string;
  members: ClusterRecord[];
}

/** The identifiers that join, with the records that count as their holders. */
function uncontestedHolders(
  kind: CustomerKind,
  records: readonly ClusterRecord[],
  decisions: readonly ClusterDecision[],
  groupOf: (key: string) => unknown,
): Holders[] {
  const holders = holdersByIdentifier(kind, records);
  for (const entry of holders) entry.members = stayingHolders(entry.members, decisions);
  const joining = holders.filter(({ kind: rule, members }) => !isContested(kind, rule, members, { groupOf, decisions }));
  return kind === "company" ? withoutOtherAccounts(joining) : joining;
}

/**
 * The records without those that left others of them by a decision: what both have counts for those that stayed.
 */
export function stayingHolders<R extends { key: string }>(members: readonly R[], decisions: readonly ClusterDecision[]): R[] {
  const keys = new Set(members.map(({ key }) => key));
  const leavingKeys = new Set(
    decisions.filter(isLeaving).flatMap(({ sides }) => (sides[0].some((key) => keys.has(key)) ? sides[1] : [])),
  );
  return leavingKeys.size === 0 ? [...members] : members.filter(({ key }) => !leavingKeys.has(key));
}

/**
 * A record with domains of several accounts, as an agency that lists its client's domain, belongs to the one that has its name. When
 * none has, or several do, it belongs to none of them.
 */
function withoutOtherAccounts(holders: readonly Holders[]): Holders[] {
  const accountsOf = new Map<ClusterRecord, Set<ClusterRecord>>();
  const byCrmId = new Map<ClusterRecord, Set<ClusterRecord>>();
  for (const { kind: rule, members } of holders) {
    const accounts = members.filter(({ isAccount }) => isAccount);
    const reached = rule === "domain" ? accountsOf : byCrmId;
    for (const member of members.filter(({ isAccount }) => !isAccount))
      reached.set(member, new Set([...(reached.get(member) ?? []), ...accounts]));
  }
  const ownAccount = new Map<ClusterRecord, ClusterRecord | null>();
  for (const [record, accounts] of accountsOf) {
    const named = byCrmId.get(record);
    const isTorn = [...Map.groupBy(accounts, ({ type }) => type).values()].some((ofType) => ofType.length > 1);
    if (!isTorn && !named?.size) continue;
    const agreeing = [...(named?.size ? named : accounts)].filter(
      (account) => named?.has(account) || compareCompanyNames(account.name ?? null, record.name ?? null) === "same",
    );
    if (isTorn) ownAccount.set(record, agreeing.length === 1 ? (agreeing[0] ?? null) : null);
  }
  const counts = (member: ClusterRecord, members: readonly ClusterRecord[]): boolean => {
    const own = ownAccount.get(member);
    if (own === undefined) return true;
    return !members.some((holder) => holder.isAccount && holder !== own);
  };
  return holders.map(({ kind: rule, members }) => ({
    kind: rule,
    members: rule === "domain" ? members.filter((member) => counts(member, members)) : members,
  }));
}

interface ContestContext {
  /** Records of one group are one customer by decision, and contest nothing. */
  groupOf?: (key: string) => unknown;
  decisions?: readonly ClusterDecision[];
}

/**
 * True when an identifier does not identify one customer: its holders have contradicting names, contacts of different accounts have it,
 * two accounts share a domain, or a person decided that its holders are two customers. The records stay apart, and a reader who asks for
 * the identifier is shown the candidates. An id of the CRM's own is never contested: any number of records may name it.
 */
export function isContested(
  kind: CustomerKind,
  rule: string,
  members: readonly ClusterRecord[],
  { groupOf = (key) => key, decisions = [] }: ContestContext = {},
): boolean {
  if (members.length > maxHolders) return true;
  if (rule === "crm_id" || members.length < 2) return false;
  const groups = new Map(members.map((member) => [member, groupOf(member.key)]));
  const isPair = (a: ClusterRecord, b: ClusterRecord): boolean => groups.get(a) !== groups.get(b);
  if (areDecidedApart(members, decisions, isPair)) return true;
  if (kind === "company")
    return somePair(members, (a, b) => isPair(a, b) && a.type === b.type) || isClaimedByStranger(members, isPair);
  if (somePair(members, (a, b) => isPair(a, b) && (haveOtherAccounts(a, b) || haveDistinctNames(a, b)))) return true;
  if (rule === "product_user_case" && somePair(members, (a, b) => isPair(a, b) && haveOtherIds(a, b))) return true;
  const areContradicting = nameComparison(kind);
  return somePair(members, (a, b) => isPair(a, b) && Boolean(a.name && b.name) && areContradicting(a.name ?? "", b.name ?? ""));
}

const haveOtherAccounts = (a: ClusterRecord, b: ClusterRecord): boolean =>
  a.type === b.type && a.account !== null && b.account !== null && a.account !== b.account;

/** One source has two users whose ids differ only in case: it is open which of them another source means. */
function haveOtherIds(a: ClusterRecord, b: ClusterRecord): boolean {
  const idsOf = ({ identifiers }: ClusterRecord) => identifiers.filter(({ kind }) => kind === "product_user");
  const ids = new Set(idsOf(a).map(({ identifier }) => identifier));
  return connectionOf(a) === connectionOf(b) && !idsOf(b).some(({ identifier }) => ids.has(identifier));
}

/** Contacts and leads are people of one source. */
const haveDistinctNames = (a: ClusterRecord, b: ClusterRecord): boolean =>
  connectionOf(a) === connectionOf(b) && Boolean(a.distinctName && b.distinctName) && a.distinctName !== b.distinctName;

/**
 * A company that is not in the CRM claims a domain whose accounts have other names. Accounts of two CRMs are one company under two
 * names: one was acquired, or is a brand.
 */
function isClaimedByStranger(members: readonly ClusterRecord[], isPair: Pairing): boolean {
  const accounts = members.filter(({ isAccount }) => isAccount);
  const others = members.filter(({ isAccount }) => !isAccount);
  if (accounts.length === 0) return somePair(others, (a, b) => isPair(a, b) && areUnrelated(a, b));
  return others.some((other) => accounts.every((account) => isPair(account, other) && areUnrelated(account, other)));
}

type Pairing = (a: ClusterRecord, b: ClusterRecord) => boolean;

const areUnrelated = (a: ClusterRecord, b: ClusterRecord): boolean =>
  compareCompanyNames(a.name ?? null, b.name ?? null) === "different";

function areDecidedApart(members: readonly ClusterRecord[], decisions: readonly ClusterDecision[], isPair: Pairing): boolean {
  return decisions.filter(keepsApart).some(({ sides }) => {
    const left = members.filter(({ key }) => sides[0].includes(key));
    const right = members.filter(({ key }) => sides[1].includes(key));
    return left.some((a) => right.some((b) => isPair(a, b)));
  });
}

function somePair(members: readonly ClusterRecord[], isMatching: (a: ClusterRecord, b: ClusterRecord) => boolean): boolean {
  return members.some((a, i) => members.slice(i + 1).some((b) => isMatching(a, b)));
}

/** True when people of different accounts hold an identifier. Then it is open whose account to show. */
export const isClaimedByAccounts = (members: readonly ClusterRecord[]): boolean => somePair(members, haveOtherAccounts);

/** The holders of an identifier that one source names differently: they are different people. */
export function namedApart(members: readonly ClusterRecord[]): ClusterRecord[] {
  return members.filter((a) => members.some((b) => haveDistinctNames(a, b)));
}

const connectionOf = ({ type }: ClusterRecord): string => type.slice(0, type.lastIndexOf("."));

function holdersByIdentifier(kind: CustomerKind, records: readonly ClusterRecord[]): Holders[] {
  const holders = new Map<string, Holders>();
  for (const record of records) {
    for (const { kind: rule, identifier } of record.identifiers) {
      if (!(rule in clusteringKinds[kind])) continue;
      const entry = holders.get(identifier);
      if (entry) entry.members.push(record);
      else holders.set(identifier, { kind: rule, members: [record] });
    }
  }
  return [...holders]
    .sort(([a, x], [b, y]) => ruleOrder.indexOf(x.kind) - ruleOrder.indexOf(y.kind) || (a < b ? -1 : 1))
    .map(([, entry]) => entry);
}
