/** Identifiers that make two records one customer, with their confidence. Phone numbers are shared too often and serve look-ups only. */
export const clusteringKinds = {
  person: { crm_id: 0.98, email: 0.99, product_user: 0.97 },
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
  /** Evidence of whose record it is, from a source that keeps one record for each person; null from others. */
  name?: string | null;
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
    if (isContested(kind, rule, members)) continue;
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
 * True when an identifier does not identify one customer. Records of one source that hold it contradict each other: contacts of
 * different accounts or with different names share an address, or two accounts share a domain. The records stay apart, and a reader
 * who asks for the identifier is shown the candidates. An id of the CRM's own is never contested: any number of records may name it.
 */
export function isContested(kind: CustomerKind, rule: string, members: readonly ClusterRecord[]): boolean {
  if (members.length > maxHolders) return true;
  if (rule === "crm_id") return false;
  if (kind === "company") return claimants(members, sameType, ({ key }) => key).length > 0;
  return isClaimedByAccounts(members) || namedApart(members).length > 0;
}

/** True when people of different accounts hold an identifier. Then it is open whose account to show. */
export const isClaimedByAccounts = (members: readonly ClusterRecord[]): boolean =>
  claimants(members, sameType, ({ account }) => account).length > 0;

/** The holders of an identifier that one source names differently: they are different people. */
export const namedApart = (members: readonly ClusterRecord[]): ClusterRecord[] =>
  claimants(members, sameConnection, ({ name }) => name ?? null);

const sameType = ({ type }: ClusterRecord): string => type;
/** Contacts and leads are people of one source. */
const sameConnection = ({ type }: ClusterRecord): string => type.slice(0, type.lastIndexOf("."));

/** Members of the groups in which there is more than one claim. */
function claimants(
  members: readonly ClusterRecord[],
  groupOf: (member: ClusterRecord) => string,
  claimOf: (member: ClusterRecord) => string | null,
): ClusterRecord[] {
  const claiming = members.filter((member) => claimOf(member) !== null);
  const groups = [...Map.groupBy(claiming, groupOf).values()];
  return groups.filter((group) => new Set(group.map(claimOf)).size > 1).flat();
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
