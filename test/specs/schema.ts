export type Node = Record<string, unknown>;
export type Schema = Node;

const listed = (value: unknown): Schema[] => (Array.isArray(value) ? (value as Schema[]) : []);
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Closes every object schema that names its properties, unless the specification allows additional ones, so that an invented
 * field is reported. Parts of a combination stay open, because each names only some of the properties.
 */
export function closeObjects(tree: Node, resolve: (schema: Schema) => Schema): void {
  const { schemas = {}, ...components } = (tree["components"] ?? {}) as { schemas?: Record<string, Schema> };
  for (const schema of Object.values(schemas)) closeInside(schema, resolve);
  for (const schema of schemasBelow({ paths: tree["paths"], components })) close(schema, resolve);
}

function* schemasBelow(node: unknown): Generator<Schema> {
  if (Array.isArray(node)) for (const one of node) yield* schemasBelow(one);
  if (!isNode(node)) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "schema" && isNode(value)) yield value;
    else yield* schemasBelow(value);
  }
}

function close(schema: Schema, resolve: (schema: Schema) => Schema): void {
  closeInside(schema, resolve);
  const meant = resolve(schema);
  if (["properties", "allOf", "anyOf", "oneOf"].some((key) => key in meant)) schema["unevaluatedProperties"] = false;
}

function closeInside(schema: Schema, resolve: (schema: Schema) => Schema): void {
  const { properties, items, additionalProperties, allOf, anyOf, oneOf } = schema;
  const children = [...Object.values((properties ?? {}) as Record<string, Schema>), items, additionalProperties];
  for (const one of children) if (isNode(one)) close(one, resolve);
  for (const part of [allOf, anyOf, oneOf].flatMap(listed)) closeInside(part, resolve);
}
