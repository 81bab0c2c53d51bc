import { canonicalId } from "../../../world/ids.ts";
import type { SfValue } from "../../../world/types.ts";
import { fail } from "../errors.ts";
import type { Field } from "../schema.ts";
import { span } from "./dates.ts";
import { isQuoted, like, text } from "./literals.ts";

export type Test = (value: SfValue) => boolean;

const TEXTUAL = new Set(["string", "textarea", "picklist", "email", "phone", "url"]);
const NUMERIC = new Set(["currency", "percent", "double", "int"]);

/** Builds the test of one comparison. Throws Salesforce's error for an invalid one. */
export function comparison(field: Field, operator: string, literal: string | string[], now: number): Test {
  if (field.type === "textarea") {
    return fail("INVALID_FIELD", `field '${field.name}' can not be filtered in a query call`);
  }
  if (operator === "IN" || operator === "NOT IN") {
    const tests = (Array.isArray(literal) ? literal : [literal]).map((element) => comparison(field, "=", element, now));
    const matchesAny: Test = (value) => tests.some((test) => test(value));
    return operator === "IN" ? matchesAny : (value) => !matchesAny(value);
  }
  if (Array.isArray(literal)) return fail("MALFORMED_QUERY", `unexpected token: (`);
  if (operator === "LIKE") return likeTest(field, literal);
  if (operator === "INCLUDES" || operator === "EXCLUDES") {
    return fail("INVALID_QUERY_FILTER_OPERATOR", `operator ${operator} is only valid on multipicklist fields`);
  }
  if (literal.toUpperCase() === "NULL") return nullTest(field, operator);
  if (field.type === "date" || field.type === "datetime") return timeTest(field, operator, literal, now);
  const order = ordering(field, literal);
  return byOperator(operator, order);
}

function nullTest(field: Field, operator: string): Test {
  const empty: Test = (value) => value === null || value === "";
  if (operator === "=") return empty;
  if (operator === "!=") return (value) => !empty(value);
  return fail("INVALID_QUERY_FILTER_OPERATOR", `operator ${operator} can not be used with null on field '${field.name}'`);
}

function likeTest(field: Field, literal: string): Test {
  if (!TEXTUAL.has(field.type)) return fail("INVALID_QUERY_FILTER_OPERATOR", `invalid operator on ${field.type} field`);
  if (!isQuoted(literal)) return mustQuote(field);
  const pattern = like(literal);
  return (value) => typeof value === "string" && pattern.test(value);
}

const mustQuote = (field: Field): never =>
  fail(
    "INVALID_FIELD",
    `value of filter criterion for field '${field.name}' must be of type string and should be enclosed in quotes`,
  );
const mustNotQuote = (field: Field): never =>
  fail(
    "INVALID_FIELD",
    `value of filter criterion for field '${field.name}' must be of type ${field.type === "datetime" ? "dateTime" : field.type} and should not be enclosed in quotes`,
  );

/** Compares a value with the literal: negative, 0, positive; null when they are not comparable. */
type Order = (value: SfValue) => number | null;

function ordering(field: Field, literal: string): Order {
  if (field.type === "boolean") {
    if (!/^(true|false)$/i.test(literal)) return mustNotQuote(field);
    const expected = /^true$/i.test(literal);
    return (value) => (value === expected ? 0 : 1);
  }
  if (NUMERIC.has(field.type)) {
    const number = Number(literal);
    if (isQuoted(literal) || !Number.isFinite(number)) return mustNotQuote(field);
    return (value) => (typeof value === "number" ? value - number : null);
  }
  if (!isQuoted(literal)) return mustQuote(field);
  const expected = text(literal);
  if (field.type === "id" || field.type === "reference") {
    const id = canonicalId(expected);
    if (id === undefined) return fail("INVALID_QUERY_FILTER_OPERATOR", `invalid ID field: ${expected}`);
    return (value) => (value === null ? null : value === id ? 0 : String(value) < id ? -1 : 1);
  }
  // Salesforce treats an empty string as null.
  if (expected === "") return (value) => (value === null || value === "" ? 0 : 1);
  const lowerCase = expected.toLowerCase();
  return (value) => {
    if (typeof value !== "string") return null;
    const actual = value.toLowerCase();
    return actual === lowerCase ? 0 : actual < lowerCase ? -1 : 1;
  };
}

function byOperator(operator: string, order: Order): Test {
  switch (operator) {
    case "=":
      return (value) => order(value) === 0;
    case "!=":
      return (value) => order(value) !== 0;
    case "<":
      return (value) => (order(value) ?? 1) < 0;
    case "<=":
      return (value) => (order(value) ?? 1) <= 0;
    case ">":
      return (value) => (order(value) ?? -1) > 0;
    case ">=":
      return (value) => (order(value) ?? -1) >= 0;
    default:
      return fail("MALFORMED_QUERY", `unexpected token: ${operator}`);
  }
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATETIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/i;

function timeTest(field: Field, operator: string, literal: string, now: number): Test {
  const timeOf: (value: SfValue) => number | null = (value) => (typeof value === "string" ? Date.parse(value) : null);
  if (isQuoted(literal)) return mustNotQuote(field);
  if (/^[A-Z_0-9]+(:\d+)?$/i.test(literal) && /[A-Z]/i.test(literal[0]!)) {
    const { from, to } = span(literal, now);
    // A span equals every instant in it. Greater means after it, smaller before it.
    return byOperator(operator, (value) => {
      const t = timeOf(value);
      return t === null ? null : t < from ? -1 : t >= to ? 1 : 0;
    });
  }
  if (!(field.type === "date" ? DATE : DATETIME).test(literal) || Number.isNaN(Date.parse(literal))) return mustNotQuote(field);
  const expected = Date.parse(literal);
  return byOperator(operator, (value) => {
    const t = timeOf(value);
    return t === null ? null : t - expected;
  });
}
