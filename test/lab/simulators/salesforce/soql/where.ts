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
  /** Values of the one field a nested query selects. */
  semiJoin(query: unknown): Set<SfValue>;
  now: number;
}

/** The parser leaves parentheses as counts on a chain of conditions; here they become a tree. */
export function compileWhere(where: WhereClause, scope: Scope): Predicate {
  const tokens = flatten(where);
  let at = 0;
  const peek = (): string | undefined => tokens[at]?.kind;
  const unexpected = (): never => fail("MALFORMED_QUERY", `unexpected token: ${peek() ?? "<EOF>"}`);

  const primary = (notAllowed: boolean): Predicate => {
    const token = tokens[at];
    if (token?.kind === "NOT") {
      if (!notAllowed) return unexpected();
      at++;
      const inner = primary(false);
      return (row) => !inner(row);
    }
    if (token?.kind === "(") {
      at++;
      const inner = expression();
      if (peek() !== ")") return unexpected();
      at++;
      return inner;
    }
    if (token?.kind === "condition") {
      at++;
      return compileCondition(token.condition, scope);
    }
    return unexpected();
  };

  /** AND and OR do not mix without parentheses, and NOT stands first or in parentheses of its own. */
  const expression = (): Predicate => {
    const parts = [primary(true)];
    const joiner = peek();
    if (joiner !== "AND" && joiner !== "OR") return parts[0]!;
    while (peek() === joiner) {
      at++;
      parts.push(primary(false));
    }
    if (peek() === "AND" || peek() === "OR") return unexpected();
    return joiner === "AND" ? (row) => parts.every((part) => part(row)) : (row) => parts.some((part) => part(row));
  };

  const whole = expression();
  if (at < tokens.length) return unexpected();
  return whole;
}

function flatten(where: WhereClause): Token[] {
  const out: Token[] = [];
  const repeat = (kind: "(" | ")", n: number | undefined): void => {
    for (let i = 0; i < (n ?? 0); i++) out.push({ kind });
  };
  let node: WhereClause | undefined = where;
  while (node) {
    const left = node.left as (Condition & { openParen?: number; closeParen?: number }) | null;
    repeat("(", left?.openParen);
    if ("operator" in node && node.operator === "NOT") out.push({ kind: "NOT" });
    else {
      out.push({ kind: "condition", condition: left! });
      repeat(")", left?.closeParen);
      if ("operator" in node) out.push({ kind: node.operator });
    }
    node = "right" in node ? node.right : undefined;
  }
  return out;
}

function compileCondition(condition: Condition, scope: Scope): Predicate {
  if ("fn" in condition) return fail("MALFORMED_QUERY", "functions in WHERE are not simulated");
  const path = scope.path(condition.field);
  if ("valueQuery" in condition) {
    if (condition.operator !== "IN" && condition.operator !== "NOT IN") return fail("MALFORMED_QUERY", "unexpected token: (");
    const found = scope.semiJoin(condition.valueQuery);
    return condition.operator === "IN" ? (row) => found.has(path.get(row)) : (row) => !found.has(path.get(row));
  }
  const test = comparison(path.field, condition.operator, condition.value as string | string[], scope.now);
  return (row) => test(path.get(row));
}
