import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import type { Reader } from "../../log/reader.ts";

/** A record that belongs to a customer. */
export type MemberRecord = StoredRecord<"person"> | StoredRecord<"company">;

export const memberRecords = (records: readonly StoredRecord[]): MemberRecord[] => [
  ...ofKind(records, "person"),
  ...ofKind(records, "company"),
];

export const recordLabel = ({ data, ref }: MemberRecord): string => data.name ?? ref;

/** Records of a customer that an answer is made of. */
const maxMembers = 200;

/** The records of a customer, oldest first. @param id `person:…` or `company:…` */
export async function customerRecords(reader: Reader, id: string): Promise<{ record: MemberRecord; rule: string }[]> {
  const members = (await reader.membersOf(id.slice(id.indexOf(":") + 1))).slice(0, maxMembers);
  const records = new Map(
    memberRecords(await reader.records(members.map(({ key }) => key))).map((record) => [record.key, record]),
  );
  return members.flatMap(({ key, rule }) => {
    const record = records.get(key);
    return record ? [{ record, rule }] : [];
  });
}

/** The name of a customer: that of its first record that has one. */
export const labelOf = (records: readonly MemberRecord[]): string =>
  records.find(({ data }) => data.name)?.data.name ?? records[0]?.ref ?? "Unnamed";

export const customerLabel = async (reader: Reader, id: string): Promise<string> =>
  labelOf((await customerRecords(reader, id)).map(({ record }) => record));
