import jsonata from "jsonata";
import type { z } from "zod";

/**
 * What is wrong with a mapping whatever the event: parts that are written out and that its action doesn't take, names that it
 * doesn't know, and names that it needs and never gets. Parts that come from the event are nobody's to judge beforehand.
 */
export function literalIssues(source: string, input: z.ZodType): string[] {
  const sketch = sketchOf(jsonata(source).ast());
  const parsed = input.safeParse(sketch);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    if (!isCertain(sketch, issue)) return [];
    return [`${issue.path.map(String).join(".") || "the whole"}: ${issue.message}`];
  });
}

/** Stands for what only an event tells. No schema takes it. */
const unknown = Symbol("unknown");

// biome-ignore lint/suspicious/noExplicitAny: JSONata's types know half of what its trees hold
type Tree = any;

/** The value of an expression as far as it is written out. */
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

/** Items that aren't there are left out of a list, and lists in it may be joined to it. */
function sketchOfList(items: Tree[]): unknown {
  const sketches = items.map(sketchOf);
  return sketches.some((item) => item === unknown || Array.isArray(item)) ? unknown : sketches;
}

/** True when no event can make it right. */
function isCertain(sketch: unknown, { path, code }: Pick<z.core.$ZodIssue, "path" | "code">): boolean {
  if (sketch === unknown) return false;
  const [key, ...rest] = path;
  if (key === undefined) return code === "unrecognized_keys" || !holdsUnknown(sketch);
  const isThere = typeof sketch === "object" && sketch !== null && Object.hasOwn(sketch, key);
  if (isThere) return isCertain((sketch as Record<PropertyKey, unknown>)[key], { path: rest, code });
  // What is needed and not written is missing for good. A rule between several members may look at others.
  return code !== "custom";
}

function holdsUnknown(sketch: unknown): boolean {
  if (typeof sketch !== "object" || sketch === null) return sketch === unknown;
  return Object.values(sketch).some(holdsUnknown);
}
