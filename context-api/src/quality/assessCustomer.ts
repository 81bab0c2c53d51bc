import type { StoredRecord } from "@sidelight/model/records.ts";
import { fieldNames, filledFields } from "./fields.ts";
import { isSameValue } from "./sameValue.ts";

export type CustomerRecord = StoredRecord<"person"> | StoredRecord<"company">;

/** What is checked of one customer. Scores are 0 to 1; null when there is nothing to check. */
export interface CustomerAssessment {
  kind: "person" | "company";
  records: AssessedRecord[];
  completeness: number | null;
  consistency: number | null;
  duplicates: number | null;
  freshness: number | null;
  comparisons: FieldComparison[];
  /** Records of one object of one connection that are this customer; only groups of two and more. */
  duplicateGroups: CustomerRecord[][];
}

export interface AssessedRecord {
  record: CustomerRecord;
  /** The fields that have a value. */
  filled: Map<string, string[]>;
  isStale: boolean;
}

/** A field for which at least two connections have a value. */
export interface FieldComparison {
  field: string;
  /** The values of each connection. */
  values: { record: CustomerRecord; values: string[] }[];
  isEqual: boolean;
}

export interface AssessmentRules {
  /** True when a value of this age is past its limit. */
  isStale(record: CustomerRecord): boolean;
}

/** Checks the records of one customer. @param records at least one, all of one kind */
export function assessCustomer(records: readonly CustomerRecord[], { isStale }: AssessmentRules): CustomerAssessment {
  const kind = records[0]?.data.kind ?? "person";
  const assessed = records.map((record) => ({ record, filled: filledFields(record), isStale: isStale(record) }));
  const names = fieldNames(kind);
  const filledNames = names.filter((name) => assessed.some(({ filled }) => filled.has(name)));
  const comparisons = comparableFields.flatMap((field) => compareField(field, assessed) ?? []);
  const duplicateGroups = groupsOfOneObject(records);
  const surplus = duplicateGroups.reduce((sum, group) => sum + group.length - 1, 0);
  return {
    kind,
    records: assessed,
    completeness: filledNames.length / names.length,
    consistency: ratio(comparisons.filter(({ isEqual }) => isEqual).length, comparisons.length),
    duplicates: ratio(records.length - surplus, records.length),
    freshness: ratio(assessed.filter((record) => !record.isStale).length, assessed.length),
    comparisons,
    duplicateGroups,
  };
}

/** A company's plan and amounts come from one platform only. Refs of companies differ between platforms. */
const comparableFields = ["name", "email", "phone", "title", "domain"];

function compareField(field: string, records: readonly AssessedRecord[]): FieldComparison | null {
  const values = records.flatMap(({ record, filled }) => {
    const recordValues = filled.get(field);
    return recordValues ? [{ record, values: recordValues }] : [];
  });
  const connections = Map.groupBy(values, ({ record }) => record.connection);
  if (connections.size < 2) return null;
  const groups = [...connections.values()].map((group) => group.flatMap((holder) => holder.values));
  const kind = records[0]?.record.data.kind ?? "person";
  return { field, values, isEqual: groups.slice(1).every((group) => isSameValue(kind, field, groups[0] ?? [], group)) };
}

/** A lead that became a contact stays as it was. It is no duplicate. */
function groupsOfOneObject(records: readonly CustomerRecord[]): CustomerRecord[][] {
  const current = records.filter(({ edges }) => !edges.some(({ rel }) => rel === "person"));
  return [...Map.groupBy(current, ({ connection, object }) => `${connection}\n${object}`).values()].filter(
    (group) => group.length > 1,
  );
}

const ratio = (part: number, total: number): number | null => (total === 0 ? null : part / total);
