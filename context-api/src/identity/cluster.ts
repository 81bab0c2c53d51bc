import { type ClusterDecision, type ClusterRecord, type CustomerKind, isLeaving, keepsApart } from "./clusterRecord.ts";
import { uncontestedHolders } from "./holders.ts";
import { nameComparison } from "./nameComparison.ts";

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

function areKeptApart(a: Group, b: Group): boolean {
  for (const [decision, sides] of a.sides) {
    const otherSides = b.sides.get(decision);
    if (otherSides && ((sides.has(0) && otherSides.has(1)) || (sides.has(1) && otherSides.has(0)))) return true;
  }
  return false;
}

const haveTwoAccounts = (a: Group, b: Group): boolean =>
  a.members.some((x) => x.isAccount && b.members.some((y) => y.isAccount && y.type === x.type));

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
