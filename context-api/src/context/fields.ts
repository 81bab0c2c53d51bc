import type { Context } from "@sidelight/contracts/context/context.ts";

/** A JSON pointer (RFC 6901) taken apart. */
export type Pointer = readonly string[];

const form = /^(\/([^/~]|~[01])*)+$/;

/** Null when it is no pointer, or leads into nothing that has names. */
export function parsePointer(text: string): Pointer | null {
  if (!form.test(text)) return null;
  return text
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** What every answer says, however few fields were asked for: who is meant, and how sure that is. */
const always: readonly (keyof Context)[] = ["ref", "kind", "match"];

/** The named members of a context with the objects around them. What isn't there is left out; lists come whole. */
export function pickFields(context: Context, pointers: readonly Pointer[]): Partial<Context> {
  const picked: Record<string, unknown> = {};
  for (const name of always) picked[name] = context[name];
  for (const pointer of pointers) copy(context as unknown as Record<string, unknown>, picked, pointer);
  return picked as Partial<Context>;
}

function copy(from: Record<string, unknown>, to: Record<string, unknown>, [name, ...rest]: Pointer): void {
  if (name === undefined || !Object.hasOwn(from, name)) return;
  const value = from[name];
  if (rest.length === 0) {
    to[name] = value;
    return;
  }
  // A null on the way is the answer: what was asked for isn't there.
  if (value === null) to[name] ??= null;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const inner = typeof to[name] === "object" && to[name] !== null ? { ...to[name] } : {};
  copy(value as Record<string, unknown>, inner, rest);
  to[name] = inner;
}
