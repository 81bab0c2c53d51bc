import type { StoredRecord } from "@sidelight/model/records.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { listNodes, loadMembers } from "../store/tables/projections.ts";
import { type AssessmentRules, assessCustomer, type CustomerRecord } from "./assessCustomer.ts";
import { addCustomer, emptyTotals, type QualityTotals } from "./totals.ts";

/** Customers whose records are in memory at once. */
const pageSize = 100;

/** Checks every customer. It reads the store only, page by page, so that other requests are answered in between. */
export async function measureQuality(log: TenantLog, rules: AssessmentRules, signal?: AbortSignal): Promise<QualityTotals> {
  const totals = emptyTotals();
  for (let last = ""; ; ) {
    signal?.throwIfAborted();
    const nodes = await listNodes(log.store, last, pageSize);
    for (const records of await recordsOfCustomers(log, nodes))
      if (records.length > 0) addCustomer(totals, assessCustomer(records, rules));
    if (nodes.length < pageSize) return totals;
    last = nodes.at(-1) ?? "";
  }
}

async function recordsOfCustomers(log: TenantLog, nodes: readonly string[]): Promise<CustomerRecord[][]> {
  const members = await loadMembers(log.store, nodes, null);
  const keys = [...members.values()].flat().map(({ key }) => key);
  const records = new Map((await openReader(log).records(keys)).map((record) => [record.key, record]));
  return [...members.values()].map((list) => list.flatMap(({ key }) => customerRecord(records.get(key))));
}

const customerRecord = (record: StoredRecord | undefined): CustomerRecord[] =>
  record?.data.kind === "person" || record?.data.kind === "company" ? [record as CustomerRecord] : [];

/** Values of a connection that pushes its records do not age. */
export function assessmentRules(connections: readonly Connection[], now: number): AssessmentRules {
  const limits = new Map(
    connections.filter(({ connector }) => connector.streams.length > 0).map(({ id, staleMs }) => [id, staleMs]),
  );
  return { isStale: ({ connection, observedAt }) => now - observedAt > (limits.get(connection) ?? Number.POSITIVE_INFINITY) };
}
