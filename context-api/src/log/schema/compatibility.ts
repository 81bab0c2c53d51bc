/** What a newer schema takes away from, or asks of, whoever holds the older one. */
export interface Break {
  /** JSON pointer into the schema. */
  at: string;
  what: string;
}

type Schema = Record<string, unknown>;

/**
 * Backward: whoever reads by `next` can read what was written by `previous`. Nothing may be newly required, no form narrowed.
 * Knows the part of JSON Schema that our schemas are made of: objects, arrays, unions and scalars; anything else must be the same.
 */
export function backwardBreaks(previous: Schema, next: Schema, at = ""): Break[] {
  const alternatives = unionOf(next);
  if (alternatives || unionOf(previous)) {
    return (unionOf(previous) ?? [previous]).flatMap((before) =>
      (alternatives ?? [next]).some((after) => backwardBreaks(before, after, at).length === 0)
        ? []
        : [{ at, what: `${named(before)} is not taken any more` }],
    );
  }
  if (!takesType(previous, next)) return [{ at, what: `${named(previous)} has become ${named(next)}` }];
  const enumBreaks = lostValues(previous, next).map((value) => ({ at, what: `${value} is not taken any more` }));
  const required = requiredOf(next)
    .filter((name) => !requiredOf(previous).includes(name))
    .map((name) => ({ at: `${at}/${name}`, what: "is newly required" }));
  const members = Object.entries(propertiesOf(next)).flatMap(([name, after]) => {
    const before = propertiesOf(previous)[name];
    return before ? backwardBreaks(before, after, `${at}/${name}`) : [];
  });
  const items =
    previous["items"] && next["items"] ? backwardBreaks(previous["items"] as Schema, next["items"] as Schema, `${at}/*`) : [];
  const closed =
    next["additionalProperties"] === false && Object.keys(propertiesOf(previous)).some((name) => !(name in propertiesOf(next)))
      ? [{ at, what: "a member that was known is refused" }]
      : [];
  return [...enumBreaks, ...required, ...members, ...items, ...closed];
}

/** Forward: whoever still reads by `previous` can read what is written by `next`. */
export const forwardBreaks = (previous: Schema, next: Schema): Break[] => backwardBreaks(next, previous);

function unionOf(schema: Schema): Schema[] | null {
  const { type, ...rest } = schema;
  if (Array.isArray(type)) return type.map((one) => ({ ...rest, type: one }));
  const union = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(union) ? (union as Schema[]) : null;
}

function takesType(previous: Schema, next: Schema): boolean {
  if (next["type"] === undefined) return true;
  return previous["type"] === next["type"] || (previous["type"] === "integer" && next["type"] === "number");
}

function lostValues(previous: Schema, next: Schema): string[] {
  const after = valuesOf(next);
  if (!after) return [];
  const before = valuesOf(previous);
  return before ? before.filter((value) => !after.includes(value)).map(String) : ["a value outside the list"];
}

function valuesOf(schema: Schema): unknown[] | null {
  if ("const" in schema) return [schema["const"]];
  return Array.isArray(schema["enum"]) ? (schema["enum"] as unknown[]) : null;
}

const requiredOf = (schema: Schema): string[] => (schema["required"] as string[] | undefined) ?? [];
const propertiesOf = (schema: Schema): Record<string, Schema> =>
  (schema["properties"] as Record<string, Schema> | undefined) ?? {};
const named = (schema: Schema): string => String(schema["type"] ?? "anything");
