import type { Query, FieldType as SelectItem, Subquery } from "@jetstreamapp/soql-parser-js";
import type { SfRow, SfValue } from "../../../world/types.ts";
import { fail } from "../errors.ts";
import type { Path } from "./paths.ts";

interface Plan {
  groups: { name: string; get: (row: SfRow) => SfValue }[];
  totals: { name: string; compute: (rows: readonly SfRow[]) => SfValue }[];
}

/** Result rows of an aggregate query. */
export type Aggregate = Record<string, SfValue>[];

/** The plan of an aggregate query, `count` for a bare COUNT(), or null for a plain query. */
export function aggregates(
  fields: readonly SelectItem[],
  query: Query | Subquery,
  path: (dotted: string) => Path,
): Plan | "count" | null {
  const functions = fields.filter((f) => f.type === "FieldFunctionExpression" && f.functionName.toUpperCase() !== "FIELDS");
  if (functions.length === 0 && !query.groupBy) return null;
  const first = functions[0];
  if (
    first?.type === "FieldFunctionExpression" &&
    first.functionName.toUpperCase() === "COUNT" &&
    first.parameters.length === 0
  ) {
    if (fields.length > 1 || query.groupBy) fail("MALFORMED_QUERY", "Grouped query cannot use COUNT()");
    return "count";
  }
  const grouped = [query.groupBy ?? []].flat().map((clause) => {
    if (!("field" in clause)) return fail("MALFORMED_QUERY", "functions in GROUP BY are not simulated");
    return path(clause.field);
  });
  const plan: Plan = { groups: [], totals: [] };
  let unnamedCount = 0;
  for (const field of fields) {
    if (field.type === "Field" || field.type === "FieldRelationship") {
      const resolved = path(field.type === "Field" ? field.field : [...field.relationships, field.field].join("."));
      const fieldPath = resolved.names.join(".");
      if (!grouped.some((g) => g.names.join(".") === fieldPath)) {
        fail("MALFORMED_QUERY", `Field must be grouped or aggregated: ${fieldPath}`);
      }
      plan.groups.push({ name: ("alias" in field ? field.alias : undefined) ?? resolved.field.name, get: resolved.get });
    } else if (field.type === "FieldFunctionExpression") {
      const column = path(String(field.parameters[0]));
      plan.totals.push({
        name: field.alias ?? `expr${unnamedCount++}`,
        compute: total(field.functionName.toUpperCase(), column),
      });
    } else fail("MALFORMED_QUERY", `${field.type} in an aggregate query is not simulated`);
  }
  return plan;
}

function total(name: string, column: Path): (rows: readonly SfRow[]) => SfValue {
  const values = (rows: readonly SfRow[]): NonNullable<SfValue>[] => rows.map(column.get).filter((value) => value !== null);
  const numbers = (rows: readonly SfRow[]): number[] => values(rows).map(Number);
  const sum = (rows: readonly SfRow[]): number => numbers(rows).reduce((a, b) => a + b, 0);
  const sorted = (rows: readonly SfRow[]): NonNullable<SfValue>[] =>
    values(rows).sort((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1));
  switch (name) {
    case "COUNT":
      return (rows) => values(rows).length;
    case "COUNT_DISTINCT":
      return (rows) => new Set(values(rows)).size;
    case "SUM":
      return (rows) => (numbers(rows).length === 0 ? null : sum(rows));
    case "AVG":
      return (rows) => (numbers(rows).length === 0 ? null : sum(rows) / numbers(rows).length);
    case "MIN":
      return (rows) => sorted(rows)[0] ?? null;
    case "MAX":
      return (rows) => sorted(rows).at(-1) ?? null;
    default:
      return fail("MALFORMED_QUERY", `${name} is not simulated`);
  }
}

export function aggregate(plan: Plan, rows: readonly SfRow[], limit: number | undefined): Aggregate {
  const groups = new Map<string, SfRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(plan.groups.map((group) => group.get(row)));
    const members = groups.get(key);
    if (members) members.push(row);
    else groups.set(key, [row]);
  }
  if (plan.groups.length === 0 && groups.size === 0) groups.set("[]", []);
  const groupRows = [...groups.values()].map((members) => ({
    ...Object.fromEntries(plan.groups.map((group) => [group.name, members[0] ? group.get(members[0]) : null])),
    ...Object.fromEntries(plan.totals.map((entry) => [entry.name, entry.compute(members)])),
  }));
  return limit === undefined ? groupRows : groupRows.slice(0, limit);
}
