import type { ConditionWithValueQuery, WhereClause } from "@jetstreamapp/soql-parser-js";
import type { SfRow, SfValue } from "../../../world/types.ts";
import { fail } from "../errors.ts";
import { comparison } from "./compare.ts";
import type { Path } from "./paths.ts";

export type Predicate = (row: SfRow) => boolean;

type Condition = Extract<ConditionWithValueQuery, { operator: string }>;
type Token = { kind: "(" | ")" | "AND" | "OR" | "NOT" } | { kind: "condition"; condition: Condition };

interface Scope {
  path(dotted: string): Path;
  /** Values of the single field that a nested query selects. */
  semiJoin(query: unknown): Set<SfValue>;
  now: number;
}

/** The parser returns parentheses as counts on a chain of conditions. This builds a tree. */
export function compileWhere(clause: WhereClause, scope: Scope): Predicate {
  const tokens = flatten(clause);
  let position = 0;
  const peek = (): string | undefined => tokens[position]?.kind;
  const failUnexpected = (): never => fail("MALFORMED_QUERY", `unexpected token: ${peek() ?? "<EOF>"}`);

  const primary = (notAllowed: boolean): Predicate => {
    const token = tokens[position];
    if (token?.kind === "NOT") {
      if (!notAllowed) return failUnexpected();
      position++;
      const inner = primary(false);
      return (row) => !inner(row);
    }
    if (token?.kind === "(") {
      position++;
      const inner = expression();
      if (peek() !== ")") return failUnexpected();
      position++;
      return inner;
    }
    if (token?.kind === "condition") {
      position++;
      return compileCondition(token.condition, scope);
    }
    return failUnexpected();
  };

  /** AND and OR do not mix without parentheses. NOT comes first or in its own parentheses. */
  const expression = (): Predicate => {
    const parts = [primary(true)];
    const joiner = peek();
    if (joiner !== "AND" && joiner !== "OR") return parts[0]!;
    while (peek() === joiner) {
      position++;
      parts.push(primary(false));
    }
    if (peek() === "AND" || peek() === "OR") return failUnexpected();
    return joiner === "AND" ? (row) => parts.every((part) => part(row)) : (row) => parts.some((part) => part(row));
  };

  const predicate = expression();
  if (position < tokens.length) return failUnexpected();
  return predicate;
}

function flatten(clause: WhereClause): Token[] {
  const tokenList: Token[] = [];
  const repeat = (kind: "(" | ")", n: number | undefined): void => {
    for (let i = 0; i < (n ?? 0); i++) tokenList.push({ kind });
  };
  let node: WhereClause | undefined = clause;
  while (node) {
    const operand = node.left as (Condition & { openParen?: number; closeParen?: number }) | null;
    repeat("(", operand?.openParen);
    if ("operator" in node && node.operator === "NOT") tokenList.push({ kind: "NOT" });
    else {
      tokenList.push({ kind: "condition", condition: operand! });
      repeat(")", operand?.closeParen);
      if ("operator" in node) tokenList.push({ kind: node.operator });
    }
    node = "right" in node ? node.right : undefined;
  }
  return tokenList;
}

function compileCondition(condition: Condition, scope: Scope): Predicate {
  if ("fn" in condition) return fail("MALFORMED_QUERY", "functions in WHERE are not simulated");
  const path = scope.path(condition.field);
  if ("valueQuery" in condition) {
    if (condition.operator !== "IN" && condition.operator !== "NOT IN") return fail("MALFORMED_QUERY", "unexpected token: (");
    const values = scope.semiJoin(condition.valueQuery);
    return condition.operator === "IN" ? (row) => values.has(path.get(row)) : (row) => !values.has(path.get(row));
  }
  const test = comparison(path.field, condition.operator, condition.value as string | string[], scope.now);
  return (row) => test(path.get(row));
}
