import { consentOf, type Purpose, withdrawalsOf } from "@sidelight/model/purposes.ts";
import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import type { Reader } from "../log/reader.ts";

type PersonRecords = StoredRecord<"person">[];

/** The records with these withdrawals besides their own. */
export function addWithdrawals(records: PersonRecords, withdrawals: ReadonlySet<Purpose>): PersonRecords {
  if (withdrawals.size === 0) return records;
  return records.map((record) => ({
    ...record,
    data: { ...record.data, ...consentOf([...new Set([...withdrawalsOf(record.data), ...withdrawals])]) },
  }));
}

/**
 * A person's records of the past with the withdrawals of today, also of records that the person got since: a withdrawal counts for
 * whatever is shown or sent from now on. An answer about yesterday would otherwise show what is withheld today.
 */
export async function withPresentWithdrawals(reader: Reader, records: PersonRecords): Promise<PersonRecords> {
  if (reader.at === null || records.length === 0) return records;
  const present = reader.present();
  const keys = records.map(({ key }) => key);
  const nodes = new Set((await present.nodesOf(keys)).values());
  const members = (await Promise.all([...nodes].map((node) => present.membersOf(node)))).flat();
  const presentRecords = ofKind(await present.records([...keys, ...members.map(({ key }) => key)]), "person");
  return addWithdrawals(records, new Set(presentRecords.flatMap(({ data }) => withdrawalsOf(data))));
}
