import type { MpProperties, MpValue } from "../../world/types.ts";
import { fail } from "./errors.ts";

/** Values that an expression reads. */
export type Test = (properties: MpProperties) => boolean;
type Expr = (properties: MpProperties) => MpValue | undefined;

type Token = { kind: "string" | "number" | "word" | "symbol"; text: string };

const WORD = /^[A-Za-z_][A-Za-z0-9_]*/;
const NUMBER = /^-?\d+(\.\d+)?/;
const SYMBOL = /^(==|!=|<=|>=|<|>|\(|\)|\[|\]|,|\+|-|\*|\/)/;

function tokenize(source: string): Token[] {
  const result: Token[] = [];
  let remaining = source;
  while (remaining !== "") {
    const space = /^\s+/.exec(remaining);
    if (space) {
      remaining = remaining.slice(space[0].length);
      continue;
    }
    const quote = remaining[0];
    if (quote === '"' || quote === "'") {
      const [text, length] = quoted(remaining, quote);
      result.push({ kind: "string", text });
      remaining = remaining.slice(length);
      continue;
    }
    const match = WORD.exec(remaining) ?? NUMBER.exec(remaining) ?? SYMBOL.exec(remaining);
    if (!match) return fail(400, `invalid expression: unexpected character near '${remaining.slice(0, 20)}'`);
    const text = match[0];
    result.push({ kind: WORD.test(text) ? "word" : NUMBER.test(text) ? "number" : "symbol", text });
    remaining = remaining.slice(text.length);
  }
  return result;
}

function quoted(text: string, quote: string): [string, number] {
  let content = "";
  for (let i = 1; i < text.length; i++) {
    const c = text[i]!;
    if (c === quote) return [content, i + 1];
    content += c === "\\" ? (text[++i] ?? "") : c;
  }
  return fail(400, "invalid expression: unterminated string");
}

/** A subset of Mixpanel's segmentation expressions: comparisons, `in`, `and`, `or`, `not`, `defined`, casts. */
export function expression(source: string): Test {
  const tokens = tokenize(source);
  let position = 0;
  const peek = (text: string): boolean => tokens[position]?.text === text && tokens[position]?.kind !== "string";
  const accept = (text: string): boolean => peek(text) && ++position > 0;
  const expect = (text: string): void => {
    if (!accept(text)) fail(400, `invalid expression: expected '${text}'`);
  };

  const or = (): Expr => {
    let conjunction = and();
    while (accept("or")) conjunction = anyOf(conjunction, and());
    return conjunction;
  };
  const and = (): Expr => {
    let negation = not();
    while (accept("and")) negation = allOf(negation, not());
    return negation;
  };
  const not = (): Expr => {
    if (!accept("not")) return compare();
    const inner = not();
    return (p) => !truthy(inner(p));
  };
  const compare = (): Expr => {
    const leftExpr = operand();
    const operator = tokens[position];
    if (operator && operator.kind !== "string" && ["==", "!=", "<", "<=", ">", ">=", "in"].includes(operator.text)) {
      position++;
      return comparison(operator.text, leftExpr, operand());
    }
    return leftExpr;
  };
  const operand = (): Expr => {
    const token = tokens[position++];
    if (!token) return fail(400, "invalid expression: unexpected end");
    if (token.kind === "string") return () => token.text;
    if (token.kind === "number") return () => Number(token.text);
    if (token.text === "(") {
      const inner = or();
      expect(")");
      return inner;
    }
    if (token.kind === "word") return word(token.text);
    return fail(400, `invalid expression: unexpected '${token.text}'`);
  };
  const word = (name: string): Expr => {
    if (name === "true" || name === "false") return () => name === "true";
    if (name === "null" || name === "undefined") return () => undefined;
    if (name === "properties" || name === "user" || name === "event") {
      expect("[");
      const key = tokens[position++];
      if (key?.kind !== "string") return fail(400, "invalid expression: property names are strings");
      expect("]");
      return (p) => (Object.hasOwn(p, key.text) ? p[key.text] : undefined);
    }
    if (["defined", "boolean", "number", "string", "datetime"].includes(name)) {
      expect("(");
      const inner = or();
      expect(")");
      return cast(name, inner);
    }
    return fail(400, `invalid expression: unknown name '${name}'`);
  };

  const predicate = or();
  if (position < tokens.length) return fail(400, `invalid expression: unexpected '${tokens[position]!.text}'`);
  return (p) => truthy(predicate(p));
}

const truthy = (value: MpValue | undefined): boolean =>
  value !== undefined && value !== null && value !== false && value !== 0 && value !== "";
const anyOf =
  (a: Expr, b: Expr): Expr =>
  (p) =>
    truthy(a(p)) || truthy(b(p));
const allOf =
  (a: Expr, b: Expr): Expr =>
  (p) =>
    truthy(a(p)) && truthy(b(p));

function cast(name: string, inner: Expr): Expr {
  switch (name) {
    case "defined":
      return (p) => {
        const value = inner(p);
        return value !== undefined && value !== null;
      };
    case "boolean":
      return (p) => truthy(inner(p));
    case "number":
      return (p) => Number(inner(p));
    case "datetime":
      return (p) => {
        const value = inner(p);
        return typeof value === "number" ? new Date(value * 1000).toISOString().slice(0, 19) : String(value ?? "").slice(0, 19);
      };
    default:
      return (p) => String(inner(p) ?? "");
  }
}

function comparison(operator: string, leftExpr: Expr, right: Expr): Expr {
  return (p) => {
    const a = leftExpr(p);
    const b = right(p);
    if (operator === "in")
      return Array.isArray(b)
        ? (b as MpValue[]).includes(a as MpValue)
        : typeof b === "string" && typeof a === "string" && b.includes(a);
    if (operator === "==") return Array.isArray(a) ? (a as MpValue[]).includes(b as MpValue) : a === b;
    if (operator === "!=") return a !== b;
    if (a === undefined || b === undefined || a === null || b === null || typeof a !== typeof b) return false;
    if (operator === "<") return a < b;
    if (operator === "<=") return a <= b;
    return operator === ">" ? a > b : a >= b;
  };
}
