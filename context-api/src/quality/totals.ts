import type { QualityDimension } from "@sidelight/contracts/quality/quality.ts";
import type { CustomerAssessment, CustomerRecord } from "./assessCustomer.ts";
import { fieldNames } from "./fields.ts";

/** What a measurement counts of all customers. It holds no value of a customer: examples are keys of records. */
export interface QualityTotals {
  people: number;
  companies: number;
  records: number;
  sums: Record<QualityDimension, { sum: number; count: number }>;
  /** By `connection/object/field`. */
  fields: Record<string, FieldTotal>;
  /** By `kind/field`. */
  differences: Record<string, { compared: number; differing: number; examples: string[] }>;
  /** By `connection/object`. */
  objects: Record<string, ObjectTotal>;
  /** Open suggestions that two customers are one, by kind. Absent in measurements of earlier releases. */
  suggestions?: Record<CustomerKind, SuggestionTotal>;
}

type CustomerKind = CustomerAssessment["kind"];

export interface SuggestionTotal {
  open: number;
  examples: string[];
}

export interface FieldTotal {
  filled: number;
  total: number;
  examples: string[];
}

export interface ObjectTotal {
  records: number;
  duplicates: number;
  duplicateExamples: string[];
  stale: number;
  staleExamples: string[];
}

/** Records that a problem names. */
export const maxExamples = 5;

export const emptyTotals = (): QualityTotals => ({
  people: 0,
  companies: 0,
  records: 0,
  sums: {
    completeness: { sum: 0, count: 0 },
    consistency: { sum: 0, count: 0 },
    duplicates: { sum: 0, count: 0 },
    freshness: { sum: 0, count: 0 },
  },
  fields: {},
  differences: {},
  objects: {},
});

/** Adds one customer to the totals. */
export function addCustomer(totals: QualityTotals, assessment: CustomerAssessment): void {
  if (assessment.kind === "person") totals.people += 1;
  else totals.companies += 1;
  totals.records += assessment.records.length;
  for (const dimension of Object.keys(totals.sums) as QualityDimension[]) {
    const score = assessment[dimension];
    if (score === null) continue;
    totals.sums[dimension].sum += score;
    totals.sums[dimension].count += 1;
  }
  for (const assessed of assessment.records) addRecord(totals, assessment.kind, assessed);
  for (const { field, isEqual, values } of assessment.comparisons) {
    const total = entryOf(totals.differences, `${assessment.kind}/${field}`, () => ({ compared: 0, differing: 0, examples: [] }));
    total.compared += 1;
    if (isEqual) continue;
    total.differing += 1;
    addExample(total.examples, values[0]?.record);
  }
  for (const group of assessment.duplicateGroups) {
    const [first] = group;
    const total = first && objectTotal(totals, first);
    if (!total) continue;
    total.duplicates += group.length - 1;
    addExample(total.duplicateExamples, first);
  }
}

function addRecord(
  totals: QualityTotals,
  kind: CustomerAssessment["kind"],
  { record, filled, isStale }: CustomerAssessment["records"][number],
): void {
  const object = objectTotal(totals, record);
  object.records += 1;
  if (isStale) {
    object.stale += 1;
    addExample(object.staleExamples, record);
  }
  for (const name of fieldNames(kind)) {
    const total = entryOf(totals.fields, `${record.connection}/${record.object}/${name}`, () => ({
      filled: 0,
      total: 0,
      examples: [],
    }));
    total.total += 1;
    if (filled.has(name)) total.filled += 1;
    else addExample(total.examples, record);
  }
}

const objectTotal = (totals: QualityTotals, { connection, object }: CustomerRecord): ObjectTotal =>
  entryOf(totals.objects, `${connection}/${object}`, () => ({
    records: 0,
    duplicates: 0,
    duplicateExamples: [],
    stale: 0,
    staleExamples: [],
  }));

function entryOf<T>(entries: Record<string, T>, name: string, create: () => T): T {
  const entry = entries[name] ?? create();
  entries[name] = entry;
  return entry;
}

function addExample(examples: string[], record: CustomerRecord | undefined): void {
  if (record && examples.length < maxExamples) examples.push(record.key);
}
