import type jsonata from "jsonata";
import type { ExpressionInput, ExpressionReply } from "./interpreter.ts";

// Most mappings only copy values of the event: `{"user": event.data.user, "kind": "order"}`. That takes no more time and memory than its
// result, so it needs no process of its own. Everything else is evaluated apart, see evaluator.ts.

/** @returns the reply of the interpreter; null when the values must be evaluated apart, such as lists */
export type PlainExpression = (input: ExpressionInput) => ExpressionReply | null;

type Part =
  | { kind: "literal"; value: Scalar }
  | { kind: "path"; names: readonly [string, ...string[]] }
  | { kind: "object"; members: readonly (readonly [name: string, part: Part])[] };

type Scalar = string | number | boolean | null;

const maxParts = 200;
/** Characters of a text that is copied. */
const maxTextLength = 10_000;

/** Null for an expression that does more than copy values. */
export function plainExpression(tree: jsonata.ExprNode): PlainExpression | null {
  const part = partOf(tree as unknown as Tree);
  return part && partsIn(part) <= maxParts ? (input) => evaluate(part, input) : null;
}

/** A node of the syntax tree. Its members depend on its type. */
type Tree = Readonly<Record<string, unknown>>;

/** Null for a node with any other member, because each changes what the node does. */
function partOf(node: Tree): Part | null {
  if (node["type"] === "path") return hasOnly(node, ["type", "steps"]) ? pathOf(node["steps"] as Tree[]) : null;
  if (node["type"] === "unary") {
    const isObject = node["value"] === "{" && hasOnly(node, ["type", "value", "position", "lhs"]);
    return isObject ? objectOf(node["lhs"] as [Tree, Tree][]) : null;
  }
  const isLiteral = ["string", "number", "value"].includes(String(node["type"])) && hasOnly(node, ["type", "value", "position"]);
  return isLiteral ? { kind: "literal", value: node["value"] as Scalar } : null;
}

function pathOf(steps: readonly Tree[]): Part | null {
  const isName = (step: Tree) => step["type"] === "name" && hasOnly(step, ["type", "value", "position"]);
  const [first, ...names] = steps.map((step) => String(step["value"]));
  return first !== undefined && steps.every(isName) ? { kind: "path", names: [first, ...names] } : null;
}

function objectOf(pairs: readonly [Tree, Tree][]): Part | null {
  const members = new Map<string, Part>();
  for (const [key, value] of pairs) {
    const name = key["type"] === "string" ? String(key["value"]) : "__proto__";
    const part = partOf(value);
    // JSONata refuses a name that occurs twice.
    if (!part || name === "__proto__" || members.has(name)) return null;
    members.set(name, part);
  }
  return { kind: "object", members: [...members] };
}

const hasOnly = (node: Tree, names: readonly string[]): boolean => Object.keys(node).every((name) => names.includes(name));

const partsIn = (part: Part): number =>
  part.kind === "object" ? part.members.reduce((sum, [, member]) => sum + partsIn(member), 1) : 1;

/** A value that is no scalar. */
class NotPlainError extends Error {}

class NotLoadedError extends Error {
  readonly member: string;
  constructor(member: string) {
    super(member);
    this.member = member;
  }
}

function evaluate(part: Part, input: ExpressionInput): ExpressionReply | null {
  const read = new Set<string>();
  try {
    return { kind: "value", value: partValue(part, input, read), read: [...read] };
  } catch (error) {
    if (error instanceof NotPlainError) return null;
    if (error instanceof NotLoadedError) return { kind: "not_loaded", member: error.member };
    throw error;
  }
}

function partValue(part: Part, input: ExpressionInput, read: Set<string>): unknown {
  if (part.kind === "literal") return scalar(part.value);
  if (part.kind === "path") return valueAt(part.names, input, read);
  const object: Record<string, unknown> = {};
  for (const [name, member] of part.members) {
    const value = partValue(member, input, read);
    if (value !== undefined) object[name] = value;
  }
  return object;
}

function valueAt(names: readonly [string, ...string[]], { document, notLoaded }: ExpressionInput, read: Set<string>): unknown {
  const [first, second] = names;
  const missing = notLoaded.find((path) => path === first || path === `${first}.${second}`);
  if (missing !== undefined) throw new NotLoadedError(missing);
  if (Object.hasOwn(document, first)) read.add(first);
  let value: unknown = document;
  for (const name of names) {
    // JSONata maps a path over the elements of a list.
    if (Array.isArray(value)) throw new NotPlainError();
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return scalar(value);
}

function scalar(value: unknown): unknown {
  if (typeof value === "string" && value.length <= maxTextLength) return value;
  // The interpreter's values are JSON, which has no negative zero.
  if (typeof value === "number" && Number.isFinite(value)) return value + 0;
  if (typeof value === "boolean" || value === null || value === undefined) return value;
  throw new NotPlainError();
}
