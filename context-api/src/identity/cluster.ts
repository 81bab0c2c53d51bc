/** An identifier that can make two records the same customer. Phones are shared too often; they only serve look-ups. */
export const clusteringKinds = {
  person: { email: 0.99, product_user: 0.97 },
  company: { crm_id: 0.98, domain: 0.9 },
} as const;
export type CustomerKind = keyof typeof clusteringKinds;

/** Confidence of a match by this rule, 0 to 1. Fixed and published: a rule is certain or it isn't a rule. */
export function confidenceOf(rule: string): number {
  return { ...clusteringKinds.person, ...clusteringKinds.company }[rule as "email"] ?? 1;
}

/** What deciding who is who needs to know of one record. */
export interface Clusterable {
  key: string;
  /** Sequence of its first version: the oldest record names the customer. */
  firstSeq: number;
  /** `platform.object` */
  type: string;
  identifiers: { kind: string; identifier: string }[];
  /** Key of the account it belongs to, if it says so. */
  account: string | null;
}

export interface Placement {
  node: string;
  rule: string;
}

/**
 * Partitions records into customers: two belong together when they share an identifier that is not contested.
 * The outcome depends on the records alone, not on the order in which they came, apart from which of them names the customer.
 */
export function cluster(kind: CustomerKind, records: readonly Clusterable[]): Map<string, Placement> {
  const ordered = [...records].sort((a, b) => a.firstSeq - b.firstSeq || (a.key < b.key ? -1 : 1));
  const placed = new Map<string, Placement>(ordered.map((r) => [r.key, { node: r.key, rule: "founder" }]));
  const holders = holdersByIdentifier(kind, ordered);
  const find = (key: string): string => {
    let at = key;
    while (placed.get(at)!.node !== at) at = placed.get(at)!.node;
    return at;
  };
  const rank = new Map(ordered.map((r, i) => [r.key, i]));
  for (const { kind: rule, members } of holders.values()) {
    if (isContested(kind, members)) continue;
    for (const member of members.slice(1)) {
      const [a, b] = [find(members[0]!.key), find(member.key)];
      if (a === b) continue;
      const [older, younger] = rank.get(a)! < rank.get(b)! ? [a, b] : [b, a];
      placed.set(younger, { node: older, rule });
    }
  }
  return new Map(ordered.map((r) => [r.key, { node: find(r.key), rule: placed.get(r.key)!.rule }]));
}

/**
 * True when an identifier can't decide: two contacts of different accounts share an address, or two accounts share a domain.
 * Nobody is picked then; the reader is shown the candidates.
 */
export function isContested(kind: CustomerKind, members: readonly Clusterable[]): boolean {
  const seen = new Map<string, string>();
  for (const member of members) {
    const claim = kind === "company" ? member.key : member.account;
    if (claim === null) continue;
    const other = seen.get(member.type);
    if (other !== undefined && other !== claim) return true;
    seen.set(member.type, claim);
  }
  return false;
}

function holdersByIdentifier(kind: CustomerKind, records: readonly Clusterable[]) {
  const holders = new Map<string, { kind: string; members: Clusterable[] }>();
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
