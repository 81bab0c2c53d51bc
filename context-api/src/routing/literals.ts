import jsonata from "jsonata";
import type { z } from "zod";

/**
 * What is wrong with a mapping for every event: literal values that its action refuses, unknown members, and missing members.
 * Values that depend on the event can't be checked before it arrives.
 */
export function literalIssues(source: string, input: z.ZodType): string[] {
  const sketch = sketchOf(jsonata(source).ast());
  const parsed = input.safeParse(sketch);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    if (!isCertain(sketch, issue)) return [];
    return [`${issue.path.map(String).join(".") || "the whole value"}: ${issue.message}`];
  });
}

/** Marks a value that depends on the event. No schema accepts it. */
const unknown = Symbol("unknown");

// biome-ignore lint/suspicious/noExplicitAny: JSONata's types do not describe its syntax tree
type Tree = any;

/** The literal value of an expression, with `unknown` for the parts that depend on the event. */
function sketchOf(node: Tree): unknown {
  if (node.group || node.predicate || node.stages) return unknown;
  if (["string", "number", "value"].includes(node.type)) return node.value;
  if (node.type === "block") return node.expressions.length > 0 ? sketchOf(node.expressions.at(-1)) : unknown;
  if (node.type !== "unary") return unknown;
  if (node.value === "{") return sketchOfObject(node.lhs);
  return node.value === "[" ? sketchOfList(node.expressions) : unknown;
}

function sketchOfObject(pairs: [Tree, Tree][]): unknown {
  if (pairs.some(([key]) => key.type !== "string")) return unknown;
  return Object.fromEntries(pairs.map(([key, value]) => [key.value, sketchOf(value)]));
}

/** JSONata leaves missing items out of a list and flattens lists in it, so an unknown item makes the whole list unknown. */
function sketchOfList(items: Tree[]): unknown {
  const sketches = items.map(sketchOf);
  return sketches.some((item) => item === unknown || Array.isArray(item)) ? unknown : sketches;
}

/** True when the issue occurs for every event. */
function isCertain(sketch: unknown, { path, code }: Pick<z.core.$ZodIssue, "path" | "code">): boolean {
  if (sketch === unknown) return false;
  const [key, ...innerPath] = path;
  if (key === undefined) return code === "unrecognized_keys" || !containsUnknown(sketch);
  const isPresent = typeof sketch === "object" && sketch !== null && Object.hasOwn(sketch, key);
  if (isPresent) return isCertain((sketch as Record<PropertyKey, unknown>)[key], { path: innerPath, code });
  // A required member that is not written is always missing. A custom rule may depend on other members.
  return code !== "custom";
}

function containsUnknown(sketch: unknown): boolean {
  if (typeof sketch !== "object" || sketch === null) return sketch === unknown;
  return Object.values(sketch).some(containsUnknown);
}
