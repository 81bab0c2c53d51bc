import {
  type ClusterDecision,
  type ClusterRecord,
  type CustomerKind,
  clusteringKinds,
  isLeaving,
  keepsApart,
  maxHolders,
} from "./clusterRecord.ts";
import { compareCompanyNames } from "./companyNames.ts";
import { nameComparison } from "./nameComparison.ts";

/** Stronger evidence joins first, so that it decides where weaker evidence contradicts it. */
const ruleOrder = ["crm_id", "email", "product_user", "product_user_case", "domain"];

interface Holders {
  kind: string;
  members: ClusterRecord[];
}

/** The identifiers that join, with the records that count as their holders. */
export function uncontestedHolders(
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
