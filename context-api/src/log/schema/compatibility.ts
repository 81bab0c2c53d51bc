/** A difference between two schemas that breaks their readers or writers. */
export interface Incompatibility {
  /** JSON pointer into the schema. */
  path: string;
  message: string;
}

type Schema = Record<string, unknown>;

/**
 * Backward compatibility: a reader of `next` can read what was written with `previous`. Nothing may become required or narrower.
 * Supports objects, arrays, unions and scalars of JSON Schema. Anything else must be equal.
 */
export function backwardBreaks(previous: Schema, next: Schema, path = ""): Incompatibility[] {
  const alternatives = unionOf(next);
  if (alternatives || unionOf(previous)) {
    return (unionOf(previous) ?? [previous]).flatMap((previousType) =>
      (alternatives ?? [next]).some((nextType) => backwardBreaks(previousType, nextType, path).length === 0)
        ? []
        : [{ path, message: `${typeName(previousType)} is no longer accepted` }],
    );
  }
  if (!acceptsType(previous, next)) return [{ path, message: `${typeName(previous)} has become ${typeName(next)}` }];
  const values = removedValues(previous, next).map((value) => ({ path, message: `${value} is no longer accepted` }));
  const newRequirements = requiredOf(next)
    .filter((name) => !requiredOf(previous).includes(name))
    .map((name) => ({ path: `${path}/${name}`, message: "has become required" }));
  const members = Object.entries(propertiesOf(next)).flatMap(([name, nextMember]) => {
    const previousMember = propertiesOf(previous)[name];
    return previousMember ? backwardBreaks(previousMember, nextMember, `${path}/${name}`) : [];
  });
  const items =
    previous["items"] && next["items"] ? backwardBreaks(previous["items"] as Schema, next["items"] as Schema, `${path}/*`) : [];
  const refusedMembers =
    next["additionalProperties"] === false && Object.keys(propertiesOf(previous)).some((name) => !(name in propertiesOf(next)))
      ? [{ path, message: "an earlier member is refused" }]
      : [];
  return [...values, ...newRequirements, ...members, ...items, ...refusedMembers];
}

/** Forward compatibility: a reader of `previous` can read what is written with `next`. */
export const forwardBreaks = (previous: Schema, next: Schema): Incompatibility[] => backwardBreaks(next, previous);

function unionOf(schema: Schema): Schema[] | null {
  const { type, ...members } = schema;
  if (Array.isArray(type)) return type.map((alternative) => ({ ...members, type: alternative }));
  const union = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(union) ? (union as Schema[]) : null;
}

function acceptsType(previous: Schema, next: Schema): boolean {
  if (next["type"] === undefined) return true;
  return previous["type"] === next["type"] || (previous["type"] === "integer" && next["type"] === "number");
}

function removedValues(previous: Schema, next: Schema): string[] {
  const nextValues = valuesOf(next);
  if (!nextValues) return [];
  const previousValues = valuesOf(previous);
  return previousValues
    ? previousValues.filter((value) => !nextValues.includes(value)).map(String)
    : ["a value outside the list"];
}

function valuesOf(schema: Schema): unknown[] | null {
  if ("const" in schema) return [schema["const"]];
  return Array.isArray(schema["enum"]) ? (schema["enum"] as unknown[]) : null;
}

const requiredOf = (schema: Schema): string[] => (schema["required"] as string[] | undefined) ?? [];
const propertiesOf = (schema: Schema): Record<string, Schema> =>
  (schema["properties"] as Record<string, Schema> | undefined) ?? {};
const typeName = (schema: Schema): string => String(schema["type"] ?? "anything");
