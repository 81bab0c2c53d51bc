import type { StoredRecord } from "@sidelight/model/records.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { countOpenSuggestions, listSuggestionRows } from "../store/tables/identitySuggestions.ts";
import { listNodes, loadMembers } from "../store/tables/projections.ts";
import { type AssessmentRules, assessCustomer, type CustomerRecord } from "./assessCustomer.ts";
import { addCustomer, emptyTotals, maxExamples, type QualityTotals, type SuggestionTotal } from "./totals.ts";

/** Customers whose records are in memory at once. */
const pageSize = 100;

/** Checks every customer. It reads the store only, page by page, so that other requests are answered in between. */
export async function measureQuality(log: TenantLog, rules: AssessmentRules, signal?: AbortSignal): Promise<QualityTotals> {
  const totals: QualityTotals = { ...emptyTotals(), suggestions: await openSuggestions(log) };
  for (let last = ""; ; ) {
    signal?.throwIfAborted();
    const nodes = await listNodes(log.store, last, pageSize);
    for (const records of await recordsOfCustomers(log, nodes))
      if (records.length > 0) addCustomer(totals, assessCustomer(records, rules));
    if (nodes.length < pageSize) return totals;
    last = nodes.at(-1) ?? "";
  }
}

/** Customers that may be one, and that nobody has decided about: how many pairs, and the likeliest of them. */
async function openSuggestions({ store }: TenantLog): Promise<NonNullable<QualityTotals["suggestions"]>> {
  const counts = await countOpenSuggestions(store);
  const totalOf = async (kind: "person" | "company"): Promise<SuggestionTotal> => {
    const rows = await listSuggestionRows(store, { state: "open", kind, limit: maxExamples, offset: 0 });
    return { open: counts[kind], examples: [...new Set(rows.map(({ left_key }) => left_key))] };
  };
  return { person: await totalOf("person"), company: await totalOf("company") };
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
