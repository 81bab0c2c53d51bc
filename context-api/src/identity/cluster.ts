/** Identifiers that make two records one customer, with their confidence. Phone numbers are shared too often and serve look-ups only. */
export const clusteringKinds = {
  person: { email: 0.99, product_user: 0.97 },
  company: { crm_id: 0.98, domain: 0.9 },
} as const;
export type CustomerKind = keyof typeof clusteringKinds;

/** Confidence of a match by this rule, 0 to 1. */
export function confidenceOf(rule: string): number {
  return { ...clusteringKinds.person, ...clusteringKinds.company }[rule as "email"] ?? 1;
}

/** The part of a record that decides which customer it belongs to. */
export interface ClusterRecord {
  key: string;
  /** Sequence of its first version. The oldest record names the customer. */
  firstSeq: number;
  /** `connection.object`: within one type, two accounts are two companies. */
  type: string;
  identifiers: { kind: string; identifier: string }[];
  /** Key of the account it belongs to; null when the record names none. */
  account: string | null;
}

export interface Membership {
  node: string;
  rule: string;
}

/**
 * Partitions records into customers: two records belong together when they share an identifier that is not contested.
 * The result does not depend on the order of the records, apart from which of them names the customer.
 */
export function cluster(kind: CustomerKind, records: readonly ClusterRecord[]): Map<string, Membership> {
  const orderedRecords = [...records].sort((a, b) => a.firstSeq - b.firstSeq || (a.key < b.key ? -1 : 1));
  const memberships = new Map<string, Membership>(orderedRecords.map((r) => [r.key, { node: r.key, rule: "founder" }]));
  const holders = holdersByIdentifier(kind, orderedRecords);
  const find = (key: string): string => {
    const node = memberships.get(key)?.node ?? key;
    return node === key ? key : find(node);
  };
  const ages = new Map(orderedRecords.map((r, i) => [r.key, i]));
  const isOlder = (a: string, b: string): boolean => (ages.get(a) ?? 0) < (ages.get(b) ?? 0);
  for (const { kind: rule, members } of holders.values()) {
    if (isContested(kind, members)) continue;
    for (const [i, member] of members.entries()) {
      const previous = members[i - 1] ?? member;
      const [a, b] = [find(previous.key), find(member.key)];
      if (a === b) continue;
      const [older, younger] = isOlder(a, b) ? [a, b] : [b, a];
      memberships.set(younger, { node: older, rule });
    }
  }
  return new Map([...memberships].map(([key, { rule }]) => [key, { node: find(key), rule }]));
}

/**
 * True when an identifier does not identify one customer: contacts of different accounts share an address, or two accounts share a
 * domain. The records stay apart, and the reader is shown the candidates.
 */
export function isContested(kind: CustomerKind, members: readonly ClusterRecord[]): boolean {
  const claims = new Map<string, string>();
  for (const member of members) {
    const claim = kind === "company" ? member.key : member.account;
    if (claim === null) continue;
    const otherClaim = claims.get(member.type);
    if (otherClaim !== undefined && otherClaim !== claim) return true;
    claims.set(member.type, claim);
  }
  return false;
}

function holdersByIdentifier(kind: CustomerKind, records: readonly ClusterRecord[]) {
  const holders = new Map<string, { kind: string; members: ClusterRecord[] }>();
  for (const record of records) {
    for (const { kind: rule, identifier } of record.identifiers) {
      if (!(rule in clusteringKinds[kind])) continue;
      const entry = holders.get(identifier);
      if (entry) entry.members.push(record);
      else holders.set(identifier, { kind: rule, members: [record] });
    }
  }
  return new Map([...holders].sort(([a], [b]) => (a < b ? -1 : 1)));
}
