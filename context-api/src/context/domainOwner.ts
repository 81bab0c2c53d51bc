import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import type { Reader } from "../log/reader.ts";

/** Precedence of a record's source: lower comes first. */
type Rank = (record: Pick<StoredRecord, "platform" | "connection">) => number;

/**
 * The company that people with addresses of a domain belong to; null when it is open. Of a group that shares a domain, that is the one
 * at the end of the account tree, as the only subsidiary; for several subsidiaries it is the company above all of them.
 */
export async function ownerOfDomain(reader: Reader, domain: string, rank: Rank): Promise<string | null> {
  const holders = await reader.holders("domain", domain);
  const nodes = await reader.nodesOf(holders);
  const [node, ...otherNodes] = new Set(nodes.values());
  if (node === undefined || otherNodes.length === 0) return node ?? null;
  return nearestOfGroup(reader, ofKind(await reader.records(holders), "company"), nodes, rank);
}

function nearestOfGroup(
  reader: Reader,
  holders: readonly StoredRecord<"company">[],
  nodes: ReadonlyMap<string, string>,
  rank: Rank,
): string | null {
  // An organization of the help desk does not contest what the accounts of the CRM decide.
  const leadingRank = Math.min(...holders.map(rank));
  const parents = new Map<string, Set<string>>();
  for (const holder of holders.filter((record) => rank(record) === leadingRank)) {
    const node = nodes.get(holder.key);
    if (node === undefined) continue;
    const ofNode = parents.get(node) ?? new Set();
    for (const { rel, to } of holder.edges) {
      const parent = rel === "parent" ? nodes.get(reader.key(to)) : undefined;
      if (parent !== undefined && parent !== node) ofNode.add(parent);
    }
    parents.set(node, ofNode);
  }
  const members = [...parents.keys()];
  const ancestors = new Map(members.map((node) => [node, ancestorsOf(node, parents)]));
  const isAbove = (a: string, b: string): boolean => ancestors.get(b)?.has(a) ?? false;
  const isGroup = (node: string): boolean => members.every((other) => other === node || isAbove(node, other));
  const leaves = members.filter((node) => !members.some((other) => other !== node && isAbove(node, other)));
  const [leaf] = leaves;
  const top = members.find(isGroup) ?? null;
  if (leaf === undefined || top === null) return null;
  return leaves.length === 1 ? leaf : top;
}

function ancestorsOf(node: string, parents: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const ancestors = new Set(parents.get(node));
  for (const ancestor of ancestors) for (const next of parents.get(ancestor) ?? []) ancestors.add(next);
  return ancestors;
}
