import type { MpProperties, MpValue } from "../../world/types.ts";
import { fail } from "./errors.ts";

/** What an expression is evaluated over. */
export type Test = (properties: MpProperties) => boolean;
type Expr = (properties: MpProperties) => MpValue | undefined;

type Token = { kind: "string" | "number" | "word" | "symbol"; text: string };

const WORD = /^[A-Za-z_][A-Za-z0-9_]*/;
const NUMBER = /^-?\d+(\.\d+)?/;
const SYMBOL = /^(==|!=|<=|>=|<|>|\(|\)|\[|\]|,|\+|-|\*|\/)/;

function tokenize(source: string): Token[] {
  const out: Token[] = [];
  let rest = source;
  while (rest !== "") {
    const space = /^\s+/.exec(rest);
    if (space) {
      rest = rest.slice(space[0].length);
      continue;
    }
    const quote = rest[0];
    if (quote === '"' || quote === "'") {
      const [text, length] = quoted(rest, quote);
      out.push({ kind: "string", text });
      rest = rest.slice(length);
      continue;
    }
    const match = WORD.exec(rest) ?? NUMBER.exec(rest) ?? SYMBOL.exec(rest);
    if (!match) return fail(400, `invalid expression: unexpected character near '${rest.slice(0, 20)}'`);
    const text = match[0];
    out.push({ kind: WORD.test(text) ? "word" : NUMBER.test(text) ? "number" : "symbol", text });
    rest = rest.slice(text.length);
  }
  return out;
}

function quoted(text: string, quote: string): [string, number] {
  let out = "";
  for (let i = 1; i < text.length; i++) {
    const c = text[i]!;
    if (c === quote) return [out, i + 1];
    out += c === "\\" ? (text[++i] ?? "") : c;
  }
  return fail(400, "invalid expression: unterminated string");
}

/** A subset of Mixpanel's segmentation expressions: comparisons, `in`, `and`, `or`, `not`, `defined`, casts. */
export function expression(source: string): Test {
  const tokens = tokenize(source);
  let at = 0;
  const peek = (text: string): boolean => tokens[at]?.text === text && tokens[at]?.kind !== "string";
  const accept = (text: string): boolean => peek(text) && ++at > 0;
  const expect = (text: string): void => {
    if (!accept(text)) fail(400, `invalid expression: expected '${text}'`);
  };

  const or = (): Expr => {
    let left = and();
    while (accept("or")) left = either(left, and());
    return left;
  };
  const and = (): Expr => {
    let left = not();
    while (accept("and")) left = both(left, not());
    return left;
  };
  const not = (): Expr => {
    if (!accept("not")) return compare();
    const inner = not();
    return (p) => !truthy(inner(p));
  };
  const compare = (): Expr => {
    const left = operand();
    const operator = tokens[at];
    if (operator && operator.kind !== "string" && ["==", "!=", "<", "<=", ">", ">=", "in"].includes(operator.text)) {
      at++;
      return comparison(operator.text, left, operand());
    }
    return left;
  };
  const operand = (): Expr => {
    const token = tokens[at++];
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
      const key = tokens[at++];
      if (key?.kind !== "string") return fail(400, "invalid expression: property names are strings");
      expect("]");
      return (p) => p[key.text];
    }
    if (["defined", "boolean", "number", "string", "datetime"].includes(name)) {
      expect("(");
      const inner = or();
      expect(")");
      return cast(name, inner);
    }
    return fail(400, `invalid expression: unknown name '${name}'`);
  };

  const whole = or();
  if (at < tokens.length) return fail(400, `invalid expression: unexpected '${tokens[at]!.text}'`);
  return (p) => truthy(whole(p));
}

const truthy = (value: MpValue | undefined): boolean =>
  value !== undefined && value !== null && value !== false && value !== 0 && value !== "";
const either =
  (a: Expr, b: Expr): Expr =>
  (p) =>
    truthy(a(p)) || truthy(b(p));
const both =
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

function comparison(operator: string, left: Expr, right: Expr): Expr {
  return (p) => {
    const a = left(p);
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
