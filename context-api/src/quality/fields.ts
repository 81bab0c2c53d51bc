import type { Edge, StoredRecord } from "@sidelight/model/records.ts";

type CustomerRecord = StoredRecord<"person"> | StoredRecord<"company">;

/** A fact that a customer's record should have. */
export interface QualityField<R extends CustomerRecord> {
  name: string;
  /** What the record has, as people write it; empty when it has none. */
  valuesOf(record: R): string[];
}

const present = (...values: (string | null | undefined)[]): string[] =>
  values.filter((value) => value != null && value !== "") as string[];

/** The account comes first, because an organization is often only a group of people. */
const companyRels: readonly Edge["rel"][] = ["account", "organization"];
const companyOf = ({ edges }: CustomerRecord): string[] =>
  companyRels.flatMap((rel) => edges.filter((edge) => edge.rel === rel).map(({ to }) => to));

export const personFields: readonly QualityField<StoredRecord<"person">>[] = [
  { name: "name", valuesOf: ({ data }) => present(data.name) },
  { name: "email", valuesOf: ({ data }) => data.emails },
  { name: "phone", valuesOf: ({ data }) => data.phones },
  { name: "title", valuesOf: ({ data }) => present(data.title) },
  { name: "company", valuesOf: (record) => [...companyOf(record), ...present(record.data.company)] },
];

export const companyFields: readonly QualityField<StoredRecord<"company">>[] = [
  { name: "name", valuesOf: ({ data }) => present(data.name) },
  { name: "domain", valuesOf: ({ data }) => data.domains },
  { name: "owner", valuesOf: ({ data }) => present(data.owner?.name ?? data.owner?.id) },
  { name: "arr", valuesOf: ({ data }) => (data.arr ? [`${data.arr.amount} ${data.arr.currency}`] : []) },
  { name: "plan", valuesOf: ({ data }) => present(data.plan) },
  { name: "renewalDate", valuesOf: ({ data }) => present(data.renewalDate) },
];

/** The fields of a record that have a value, by name. */
export function filledFields(record: CustomerRecord): Map<string, string[]> {
  const entries =
    record.data.kind === "person"
      ? personFields.map(({ name, valuesOf }) => [name, valuesOf(record as StoredRecord<"person">)] as const)
      : companyFields.map(({ name, valuesOf }) => [name, valuesOf(record as StoredRecord<"company">)] as const);
  return new Map(entries.filter(([, values]) => values.length > 0));
}

export const fieldNames = (kind: "person" | "company"): string[] =>
  (kind === "person" ? personFields : companyFields).map(({ name }) => name);
