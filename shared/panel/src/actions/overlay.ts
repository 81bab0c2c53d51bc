import type { Context } from "@sidelight/contracts/context/context.ts";

/** Revealed values by JSON pointer from the root of the context. */
export type RevealedByPointer = Readonly<Record<string, unknown>>;

/**
 * The context with revealed values in place of the masked ones. A value only replaces the mask that it fits: the answer on screen may be
 * older than the values, and its lists may have moved.
 */
export function withRevealed(context: Context, values: RevealedByPointer): Context {
  let result = context;
  for (const [pointer, value] of Object.entries(values)) {
    const path = pathOf(pointer);
    const maskedValue = valueAt(context, path);
    if (!fits(path, maskedValue, value)) continue;
    result = unmask(replaceAt(result, path, value) as Context, pointer);
  }
  return result;
}

/** Pointers of the masked values of one section, or of the customer, from the root of the context. */
export function maskedPointers(context: Context | null, part: string): string[] {
  if (!context) return [];
  if (part === "customer") return (context.customer?.masked ?? []).map((pointer) => `/customer${pointer}`);
  const section = context.sections[part as keyof Context["sections"]];
  return (section?.masked ?? []).map((pointer) => `/sections/${part}/data${pointer}`).slice(0, maxPointers);
}

/** As many as the API accepts in one request. */
const maxPointers = 20;

const mask = /•+/u;

function fits(path: readonly string[], maskedValue: unknown, value: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (typeof maskedValue === "string" && typeof value === "string") return hasPartsInOrder(value, maskedValue.split(mask));
  // Left out completely. In a list, nothing tells whether it is the same entry.
  const isInList = path.some((token) => /^\d+$/.test(token));
  return maskedValue === null && !isInList;
}

/** The visible parts of a mask are in the value, in this order, the first and the last at its ends. */
function hasPartsInOrder(value: string, parts: readonly string[]): boolean {
  if (parts.length < 2) return false;
  let position = 0;
  for (const [index, part] of parts.entries()) {
    const partStart = index === parts.length - 1 ? value.length - part.length : value.indexOf(part, position);
    if (partStart < position || !value.startsWith(part, partStart) || (index === 0 && partStart !== 0)) return false;
    position = partStart + part.length;
  }
  return true;
}

function unmask(context: Context, pointer: string): Context {
  if (pointer.startsWith("/customer/") && context.customer) {
    const { customer } = context;
    return { ...context, customer: { ...customer, masked: pointersWithout(customer.masked, pointer.slice("/customer".length)) } };
  }
  const [, name = "", rest = ""] = /^\/sections\/([^/]+)\/data(\/.*)$/.exec(pointer) ?? [];
  const section = context.sections[name as keyof Context["sections"]];
  if (!section) return context;
  const changedSection = { ...section, masked: pointersWithout(section.masked ?? [], rest) };
  return { ...context, sections: { ...context.sections, [name]: changedSection } };
}

const pointersWithout = (pointers: readonly string[], pointer: string): string[] =>
  pointers.filter((otherPointer) => otherPointer !== pointer);

/** RFC 6901 */
const pathOf = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((token) => token.replace(/~1/g, "/").replace(/~0/g, "~"));

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const token of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, token)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return value;
}

/** A copy with one value replaced. What is not on the path is shared. A path that leads nowhere changes nothing. */
function replaceAt(root: unknown, path: readonly string[], value: unknown): unknown {
  const [token, ...rest] = path;
  if (token === undefined) return value;
  if (Array.isArray(root)) return root.map((entry, index) => (String(index) === token ? replaceAt(entry, rest, value) : entry));
  if (typeof root !== "object" || root === null || !Object.hasOwn(root, token)) return root;
  return { ...root, [token]: replaceAt((root as Record<string, unknown>)[token], rest, value) };
}
