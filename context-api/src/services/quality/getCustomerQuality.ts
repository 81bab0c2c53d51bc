import { type CustomerQuality, qualityDimensions } from "@sidelight/contracts/quality/quality.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { ofKind } from "@sidelight/model/records.ts";
import { resolve } from "../../context/resolve.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import {
  type AssessedRecord,
  assessCustomer,
  type CustomerAssessment,
  type CustomerRecord,
} from "../../quality/assessCustomer.ts";
import { fieldNames } from "../../quality/fields.ts";
import { assessmentRules } from "../../quality/measure.ts";
import { points, weightedScore } from "../../quality/scores.ts";
import type { QualityTotals } from "../../quality/totals.ts";
import { readRef } from "../contexts/contextQuery.ts";
import { iso, isoOrNull } from "../instant.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";

/**
 * The quality of one customer's records. It reads the store only. Values are masked by role.
 * @throws {ProblemError} invalid_ref, not_found, conflict when several customers match
 */
export const getCustomerQuality = defineService(
  "events",
  async ({ served, actor }: ServiceContext, { ref }: { ref: string }): Promise<CustomerQuality> => {
    const { tenant } = served;
    const parsed = readRef(ref, tenant);
    const reader = openReader(tenant.log);
    const resolution = await resolve(reader, parsed);
    if (resolution.state === "none")
      throw new ProblemError("not_found", "The store has no customer with this ref. Read its context first, or check the ref.");
    if (resolution.state === "ambiguous")
      throw new ProblemError("conflict", "Several customers match this ref. Use the id of one of the candidates.");
    const records = await customerRecords(reader, resolution.node, resolution.kind);
    const assessment = assessCustomer(records, assessmentRules(tenant.connections, tenant.clock.now()));
    const { totals } = await served.quality.current();
    const view = viewOf(assessment, totals, parsed.ref, `${resolution.kind}:${resolution.node}`);
    const { value, masked } = maskDeep(view, actor.rights);
    return { ...value, masked };
  },
);

async function customerRecords(reader: Reader, node: string, kind: "person" | "company"): Promise<CustomerRecord[]> {
  const members = await reader.membersOf(node);
  return ofKind(await reader.records(members.map(({ key }) => key)), kind) as CustomerRecord[];
}

function viewOf(assessment: CustomerAssessment, totals: QualityTotals, ref: string, id: string): Omit<CustomerQuality, "masked"> {
  const dimensions = Object.fromEntries(qualityDimensions.map((name) => [name, points(assessment[name])])) as Record<
    (typeof qualityDimensions)[number],
    number | null
  >;
  const differences = assessment.comparisons.filter(({ isEqual }) => !isEqual);
  return {
    ref,
    id,
    kind: assessment.kind,
    score: weightedScore(dimensions),
    dimensions,
    records: assessment.records.map((record) => recordView(record, assessment, totals)),
    differences: differences.map(({ field, values }) => ({
      field,
      values: values.map(({ record, values: texts }) => ({ ref: record.ref, value: texts.join(", ") })),
    })),
    duplicates: assessment.duplicateGroups.map((group) => group.map((record) => record.ref)),
    nextActions: nextActionsOf(assessment),
  };
}

/** A field is missing in a record if another record of the customer has a value, and the object can have one. */
function recordView(
  { record, filled, isStale }: AssessedRecord,
  { kind, records }: CustomerAssessment,
  { fields }: QualityTotals,
): CustomerQuality["records"][number] {
  const isUsed = (name: string): boolean => (fields[`${record.connection}/${record.object}/${name}`]?.filled ?? 0) > 0;
  const isElsewhere = (name: string): boolean => records.some((other) => other.filled.has(name));
  return {
    ref: record.ref,
    connection: record.connection,
    filled: [...filled.keys()],
    missing: fieldNames(kind).filter((name) => !filled.has(name) && isUsed(name) && isElsewhere(name)),
    changedAt: isoOrNull(record.changedAt),
    observedAt: iso(record.observedAt),
    isStale,
  };
}

function nextActionsOf({ kind, records, comparisons, duplicateGroups }: CustomerAssessment): string[] {
  const empty = fieldNames(kind).filter((name) => !records.some(({ filled }) => filled.has(name)));
  return [
    ...(empty.length > 0 ? [`Enter on any platform what no record has: ${empty.join(", ")}.`] : []),
    ...comparisons
      .filter(({ isEqual }) => !isEqual)
      .map(({ field }) => `Correct the ${field}: the platforms have different values.`),
    ...duplicateGroups.map((group) => `Merge the records ${group.map(({ ref }) => ref).join(" and ")} on their platform.`),
    ...(records.some(({ isStale }) => isStale) ? ["Refresh the customer: a value is older than its limit."] : []),
  ];
}
