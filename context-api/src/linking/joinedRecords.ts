import type { TenantLog } from "../log/log.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import { listMemberRows, listNodes, type MemberRow } from "../store/tables/projections.ts";

/** Records of one object of one connection that belong to one customer: the platform has it more than once. */
export interface JoinedRecords {
  node: string;
  platform: string;
  connection: string;
  object: string;
  /** In the order in which they came to the customer. */
  members: readonly MemberRow[];
  /** Sequence at which the last of them came to the customer. */
  since: number;
}

const pageSize = 500;

/** All customers that a platform has more than once. Reads no payloads. */
export async function findJoinedRecords(log: TenantLog): Promise<JoinedRecords[]> {
  const groups: JoinedRecords[] = [];
  for (let last = ""; ; ) {
    const nodes = await listNodes(log.store, last, pageSize);
    const rows = await listMemberRows(log.store, nodes);
    for (const group of Map.groupBy(rows, ({ node, connection, object }) => `${node}\n${connection}\n${object}`).values()) {
      const members = group.toSorted((a, b) => a.from_seq - b.from_seq || (a.key < b.key ? -1 : 1));
      const [first] = members;
      if (!first || members.length < 2) continue;
      const { node, platform, connection, object } = first;
      groups.push({ node, platform, connection, object, members, since: members.at(-1)?.from_seq ?? 0 });
    }
    await yieldToEventLoop();
    if (nodes.length < pageSize) return groups;
    last = nodes.at(-1) ?? "";
  }
}
