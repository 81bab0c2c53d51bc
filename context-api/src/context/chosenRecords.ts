import type { Reader } from "../log/reader.ts";
import { decisionsAbout } from "./decisionsAbout.ts";

/** Keys of the records whose value people chose, by field. */
export type ChosenRecords = ReadonlyMap<string, ReadonlySet<string>>;

const noChosenRecords: ChosenRecords = new Map();

/**
 * What people chose for the fields of these customers. The newest choice that applies counts, while its record is still the customer's.
 * Customers that no decision joined cost no query.
 */
export async function loadChosenRecords(reader: Reader, nodes: readonly string[]): Promise<ChosenRecords> {
  const members = await Promise.all([...new Set(nodes)].map(async (node) => ({ node, records: await reader.membersOf(node) })));
  const decidedMembers = members.filter(({ records }) => records.some(({ rule }) => rule === "linked"));
  if (decidedMembers.length === 0) return noChosenRecords;
  const nodeOf = new Map(decidedMembers.flatMap(({ node, records }) => records.map(({ key }) => [key, node] as const)));
  const decisions = await decisionsAbout(reader, [...nodeOf.keys()]);
  /** By customer and field. */
  const choices = new Map<string, { field: string; key: string }>();
  for (const { decision } of decisions.toSorted((a, b) => a.sequence - b.sequence))
    for (const [field, ref] of Object.entries(decision.data.values ?? {})) {
      const key = reader.key(ref);
      const node = nodeOf.get(key);
      if (node !== undefined) choices.set(`${node} ${field}`, { field, key });
    }
  const byField = Map.groupBy(choices.values(), ({ field }) => field);
  return new Map([...byField].map(([field, list]) => [field, new Set(list.map(({ key }) => key))]));
}
