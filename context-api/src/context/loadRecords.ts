import type { Reader } from "../log/reader.ts";
import { companyRecords, loadCompanyTree } from "./companyTree.ts";
import { type CustomerIdentity, type CustomerRecords, loadPersonRecords, type RecordRank } from "./customerRecords.ts";

/** All records of a resolved customer; for a company, with those of its subsidiaries. */
export async function loadRecords(reader: Reader, customer: CustomerIdentity, rank: RecordRank): Promise<CustomerRecords> {
  if (customer.kind === "person") return await loadPersonRecords(reader, customer, rank);
  return await companyRecords(reader, await loadCompanyTree(reader, customer.node, rank));
}
