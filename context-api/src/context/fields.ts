import type { Context } from "@sidelight/contracts/context/context.ts";

/** The tokens of a JSON pointer (RFC 6901). */
export type Pointer = readonly string[];

const pattern = /^(\/([^/~]|~[01])*)+$/;

/** Null for text that is no JSON pointer. */
export function parsePointer(text: string): Pointer | null {
  if (!pattern.test(text)) return null;
  return text
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Members of every answer, whatever fields were requested. */
const requiredMembers: readonly (keyof Context)[] = ["ref", "kind", "match"];

/** The named members of a context with the objects around them. Missing members are left out; a list is copied as a whole. */
export function pickFields(context: Context, pointers: readonly Pointer[]): Partial<Context> {
  const selection: Record<string, unknown> = {};
  for (const name of requiredMembers) selection[name] = context[name];
  for (const pointer of pointers) copy(context as unknown as Record<string, unknown>, selection, pointer);
  return selection as Partial<Context>;
}

function copy(from: Record<string, unknown>, to: Record<string, unknown>, [name, ...innerPath]: Pointer): void {
  if (name === undefined || !Object.hasOwn(from, name)) return;
  const value = from[name];
  if (innerPath.length === 0) {
    to[name] = value;
    return;
  }
  // A null on the path is copied: the requested member does not exist.
  if (value === null) to[name] ??= null;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const inner = typeof to[name] === "object" && to[name] !== null ? { ...to[name] } : {};
  copy(value as Record<string, unknown>, inner, innerPath);
  to[name] = inner;
}
