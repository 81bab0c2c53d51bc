import {
  type FieldSubquery,
  type OrderByClause,
  parseQuery,
  type Query,
  type FieldType as SelectItem,
  type Subquery,
} from "@jetstreamapp/soql-parser-js";
import type { SalesforceWorld, SfRow, SfValue } from "../../../world/types.ts";
import { fail } from "../errors.ts";
import { byPrefix, type ObjectSchema, schemaOf } from "../schema.ts";
import { type Aggregate, aggregate, aggregates } from "./aggregate.ts";
import { type Lookup, type Path, resolvePath } from "./paths.ts";
import { compileWhere } from "./where.ts";

/** A selected column: a field, or the rows of a child relationship. */
export type Column = { path: Path } | { child: string; result: (row: SfRow) => Result };

/** Unrendered result rows. Pages are rendered on demand. */
export interface Result {
  schema: ObjectSchema;
  rows: SfRow[];
  columns: Column[];
  aggregates: Aggregate | null;
  /** Result of `SELECT COUNT()`. */
  count: number | null;
}

interface Run {
  world: SalesforceWorld;
  now: number;
  /** queryAll: includes the recycle bin. */
  includeDeleted: boolean;
}

export function runSoql(soql: string, run: Run): Result {
  let query: Query;
  try {
    query = parseQuery(soql); // No options: with options the library builds a new parser for each call.
  } catch (error) {
    return fail("MALFORMED_QUERY", error instanceof Error ? error.message.slice(0, 300) : "unexpected token");
  }
  return execute(query, run);
}

const lookupIn =
  (run: Run): Lookup =>
  (id) => {
    const schema = byPrefix(id);
    return schema ? run.world.tables[schema.name].get(id) : undefined;
  };

function execute(query: Query, run: Run): Result {
  const schema = schemaOf(query.sObject ?? "");
  if (!schema) {
    return fail(
      "INVALID_TYPE",
      `\nERROR at Row:1:Column:15\nsObject type '${query.sObject ?? ""}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  }
  return select(query, schema, [...run.world.tables[schema.name].values()], run);
}

function select(query: Query | Subquery, schema: ObjectSchema, candidates: SfRow[], run: Run): Result {
  const path = (fieldPath: string): Path => resolvePath(schema, fieldPath, lookupIn(run), query.sObjectAlias);
  const fields = query.fields ?? [];
  const totals = aggregates(fields, query, path);
  const counting = totals === "count";
  const columns = totals === null ? columnsOf(fields, schema, query, run, path) : [];
  if (query.having) fail("MALFORMED_QUERY", "HAVING is not simulated");
  let rows = run.includeDeleted ? candidates : candidates.filter((row) => row["IsDeleted"] !== true);
  if (query.where) {
    const predicate = compileWhere(query.where, { path, now: run.now, semiJoin: (inner) => semiJoin(inner as Query, run) });
    rows = rows.filter(predicate);
  }
  if (counting)
    return {
      schema,
      rows: [],
      columns: [],
      aggregates: null,
      count: Math.min(rows.length, query.limit ?? Number.POSITIVE_INFINITY),
    };
  if (query.orderBy && totals === null) rows = sort(rows, [query.orderBy].flat(), path);
  if (query.offset !== undefined && query.offset > 2_000)
    fail("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000");
  if (totals !== null) return { schema, rows, columns, aggregates: aggregate(totals, rows, query.limit), count: null };
  const offset = query.offset ?? 0;
  return {
    schema,
    rows: rows.slice(offset, query.limit === undefined ? undefined : offset + query.limit),
    columns,
    aggregates: null,
    count: null,
  };
}

function columnsOf(
  fields: readonly SelectItem[],
  schema: ObjectSchema,
  query: Query | Subquery,
  run: Run,
  path: (dotted: string) => Path,
): Column[] {
  const selection: Column[] = [];
  const names = new Set<string>();
  const add = (fieldPath: string): void => {
    const resolved = path(fieldPath);
    const name = resolved.names.join(".");
    if (names.has(name)) fail("INVALID_FIELD", `duplicate field selected: ${name}`);
    names.add(name);
    selection.push({ path: resolved });
  };
  for (const field of fields) {
    if (field.type === "Field") add(field.field);
    else if (field.type === "FieldRelationship") add([...field.relationships, field.field].join("."));
    else if (field.type === "FieldSubquery") selection.push(child(field, schema, run));
    else if (field.type === "FieldFunctionExpression" && field.functionName.toUpperCase() === "FIELDS") {
      const group = String(field.parameters[0]).toUpperCase();
      // "FIELDS(ALL) and FIELDS(CUSTOM) need a LIMIT of at most 200."
      if (group !== "STANDARD" && !(query.limit !== undefined && query.limit <= 200)) {
        fail("MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200");
      }
      for (const f of schema.fields.values()) if (group === "ALL" || f.name.endsWith("__c") === (group === "CUSTOM")) add(f.name);
    } else fail("MALFORMED_QUERY", `${field.type} in SELECT is not simulated`);
  }
  return selection;
}

function child(field: FieldSubquery, schema: ObjectSchema, run: Run): Column {
  const { subquery } = field;
  const relationship = Object.entries(schema.children).find(
    ([name]) => name.toLowerCase() === subquery.relationshipName.toLowerCase(),
  );
  if (!relationship) {
    return fail("INVALID_TYPE", `Didn't understand relationship '${subquery.relationshipName}' in FROM part of query call.`);
  }
  const [name, link] = relationship;
  const target = schemaOf(link.object)!;
  const rows = [...run.world.tables[link.object].values()];
  // Errors of the first row are raised before any row is rendered.
  select(subquery, target, [], run);
  return {
    child: name,
    result: (row) =>
      select(
        subquery,
        target,
        rows.filter((candidate) => candidate[link.field] === row.Id),
        run,
      ),
  };
}

function semiJoin(query: Query, run: Run): Set<SfValue> {
  const result = execute(query, run);
  const column = result.columns[0];
  if (result.columns.length !== 1 || !column || !("path" in column) || !["id", "reference"].includes(column.path.field.type)) {
    return fail("MALFORMED_QUERY", "The inner select of a semi join must select exactly one ID or reference field");
  }
  return new Set(result.rows.map((row) => column.path.get(row)));
}

function sort(rows: SfRow[], clauses: OrderByClause[], path: (dotted: string) => Path): SfRow[] {
  const keys = clauses.map((clause) => {
    if (!("field" in clause)) return fail("MALFORMED_QUERY", "functions in ORDER BY are not simulated");
    const resolved = path(clause.field);
    if (resolved.field.type === "textarea") fail("MALFORMED_QUERY", `field '${clause.field}' can not be sorted in a query call`);
    // "By default, null values are sorted first."
    return { get: resolved.get, sign: clause.order === "DESC" ? -1 : 1, nulls: clause.nulls === "LAST" ? 1 : -1 };
  });
  return [...rows].sort((a, b) => {
    for (const { get, sign, nulls } of keys) {
      const x = get(a);
      const y = get(b);
      if (x === null && y === null) continue;
      if (x === null) return nulls;
      if (y === null) return -nulls;
      const order = compareValues(x, y);
      if (order !== 0) return order * sign;
    }
    return 0;
  });
}

export function compareValues(x: NonNullable<SfValue>, y: NonNullable<SfValue>): number {
  if (typeof x === "number" && typeof y === "number") return x - y;
  const a = String(x).toLowerCase();
  const b = String(y).toLowerCase();
  return a < b ? -1 : a > b ? 1 : 0;
}
