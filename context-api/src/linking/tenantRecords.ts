import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import type { InputRecord } from "../identity/matching/inputRecord.ts";
import type { CompanyRecord } from "../identity/matching/suggestCompanies.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { listNodes, loadMembers } from "../store/tables/projections.ts";
import { personInput } from "./personInput.ts";

/** A record with the customer that it belongs to. */
export interface OwnedRecord {
  ref: string;
  key: string;
  node: string;
}

/** The people and companies of a tenant, in the form that is matched. */
export interface TenantRecords {
  people: (OwnedRecord & { input: InputRecord })[];
  companies: (OwnedRecord & CompanyRecord)[];
}

const pageSize = 200;
/** Records above this number are not matched. */
const maxRecords = 100_000;

/** Reads page by page, so that other requests are answered in between. */
export async function loadTenantRecords(log: TenantLog, signal?: AbortSignal): Promise<TenantRecords> {
  const people: TenantRecords["people"] = [];
  const companies: TenantRecords["companies"] = [];
  const reader = openReader(log);
  for (let last = ""; people.length + companies.length < maxRecords; ) {
    signal?.throwIfAborted();
    const nodes = await listNodes(log.store, last, pageSize);
    const members = await loadMembers(log.store, nodes, null);
    const nodeOf = new Map([...members].flatMap(([node, list]) => list.map(({ key }) => [key, node] as const)));
    const records = await reader.records([...nodeOf.keys()]);
    const toOwned = ({ ref, key }: StoredRecord): OwnedRecord => ({ ref, key, node: nodeOf.get(key) ?? key });
    for (const record of ofKind(records, "person")) people.push({ ...toOwned(record), input: personInput(record) });
    for (const record of ofKind(records, "company"))
      companies.push({ ...toOwned(record), name: record.data.name, domains: record.data.domains });
    if (nodes.length < pageSize) break;
    last = nodes.at(-1) ?? "";
  }
  return { people, companies };
}
