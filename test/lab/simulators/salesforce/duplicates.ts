import type { SfRow, SfValue, SObject } from "../../world/types.ts";
import type { Context } from "../context.ts";
import { fail } from "./errors.ts";
import type { ObjectSchema } from "./schema.ts";

/** Fields that the standard matching rules compare. */
const matchedFields: Partial<Record<SObject, readonly string[]>> = {
  Account: ["Name"],
  Contact: ["Email"],
  Lead: ["Email"],
};

/**
 * Duplicate rules. One that alerts refuses an API call too, unless the call acknowledges the alert:
 * `Sforce-Duplicate-Rule-Header: allowSave=true`. One that blocks refuses it always.
 */
export function checkDuplicates(
  ctx: Context,
  { name }: ObjectSchema,
  values: Record<string, SfValue | undefined>,
  ownId: string | null,
  headers: Headers,
): void {
  const rule = ctx.limits.salesforce.duplicateRules[name];
  const fields = matchedFields[name];
  if (!rule || !fields) return;
  const isAcknowledged = /(^|;)\s*allowSave\s*=\s*true\s*(;|$)/i.test(headers.get("sforce-duplicate-rule-header") ?? "");
  if (rule === "alert" && isAcknowledged) return;
  const textOf = (value: SfValue | undefined): string => String(value ?? "").toLowerCase();
  const isMatch = (row: SfRow): boolean =>
    fields.some((field) => textOf(values[field]) !== "" && textOf(row[field]) === textOf(values[field]));
  const rows = [...ctx.world.salesforce.tables[name].values()];
  if (rows.some((row) => row.Id !== ownId && row["IsDeleted"] !== true && isMatch(row)))
    fail("DUPLICATES_DETECTED", "Use one of these records?");
}
