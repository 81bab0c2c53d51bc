import type { OpenApiDocument, SchemaObject } from "./types.ts";

/**
 * Moves inline object schemas to the components. The name is made of the parent's name and the member's name, so that generated code
 * has a named type for each.
 */
export function nameInlineObjects(document: OpenApiDocument, contracts: Record<string, SchemaObject>): OpenApiDocument {
  const schemas = { ...contracts, ...(document.components?.schemas as Record<string, SchemaObject>) };
  const names = new Set(Object.keys(schemas));
  const components = new Map<string, SchemaObject>();
  const nameByContent = new Map<string, string>();
  // The smallest first: a larger one then refers to those that it contains.
  const bySize = Object.entries(schemas).sort(([, a], [, b]) => JSON.stringify(a).length - JSON.stringify(b).length);
  for (const [name, schema] of bySize) add(name, visitMembers(schema, name));
  const paths = mapValues(document.paths as Record<string, Record<string, SchemaObject>>, (methods) =>
    mapValues(methods, (operation) => visitMembers(operation, pascal(String(operation["operationId"] ?? "")))),
  );
  return { ...document, paths, components: { ...document.components, schemas: usedSchemas(paths, components) } } as never;

  /** The same with every object schema below it replaced by a reference. */
  function visitMembers(node: SchemaObject, name: string): SchemaObject {
    return mapValues(node, (value, key) => visit(value, isStructural(key) ? name : name + pascal(singular(key))));
  }

  function visit(node: unknown, name: string): unknown {
    if (Array.isArray(node)) return node.map((item) => visit(item, name));
    if (typeof node !== "object" || node === null) return node;
    const schema = node as SchemaObject;
    if (!isObjectSchema(schema)) return visitMembers(withTypedNull(schema), name);
    const { nullable, description, ...content } = schema;
    const preferredName = typeof content["title"] === "string" ? pascal(content["title"]) : name;
    const reference = { $ref: `#/components/schemas/${nameOf(visitMembers(content, preferredName), preferredName)}` };
    // OpenAPI 3.0 ignores members beside a reference.
    if (nullable === undefined && description === undefined) return reference;
    return {
      ...(nullable ? { type: "object", nullable } : {}),
      allOf: [reference],
      ...(description ? { description } : {}),
    };
  }

  /** The name of an equal component, or of a new one. */
  function nameOf(content: SchemaObject, preferredName: string): string {
    const existing = nameByContent.get(JSON.stringify(content));
    if (existing !== undefined) return existing;
    let name = preferredName;
    for (let i = 2; names.has(name); i++) name = `${preferredName}${i}`;
    names.add(name);
    add(name, content);
    return name;
  }

  function add(name: string, schema: SchemaObject): void {
    components.set(name, schema);
    const { description, ...content } = schema;
    const key = JSON.stringify(content);
    if (!nameByContent.has(key)) nameByContent.set(key, name);
  }
}

const isObjectSchema = ({ type, properties }: SchemaObject): boolean =>
  type === "object" &&
  typeof properties === "object" &&
  properties !== null &&
  !("in" in properties && "name" in properties && "schema" in properties);

/** OpenAPI 3.0 knows `nullable` only beside a type: it is dropped where any value is allowed, and moved into a union. */
function withTypedNull(schema: SchemaObject): SchemaObject {
  const { nullable, ...content } = schema;
  const options = content["anyOf"] as SchemaObject[] | undefined;
  if (options) {
    const [first = {}, ...otherOptions] = options.filter((option) => Object.keys(option).some((key) => key !== "nullable"));
    const isNullable = nullable === true || options.some((option) => option["nullable"] === true);
    return { ...content, anyOf: [isNullable && "type" in first ? { ...first, nullable: true } : first, ...otherOptions] };
  }
  if (nullable !== true || "type" in content) return schema;
  return "allOf" in content ? { type: "object", nullable, ...content } : content;
}

/** Keywords of the document itself, which do not describe what a member is. */
const structural = new Set(
  "properties items additionalProperties allOf anyOf oneOf responses content schema parameters requestBody headers".split(" "),
);
const isStructural = (key: string): boolean => structural.has(key) || /^\d+$/.test(key) || key.includes("/");

const singular = (word: string): string => word.replace(/ies$/, "y").replace(/([^s])s$/, "$1");
const pascal = (word: string): string =>
  word.replace(/(^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());

function mapValues<V, R>(object: Record<string, V>, map: (value: V, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}

/** The components that `root` needs, directly or through each other, by name. */
export function usedSchemas(root: unknown, schemas: ReadonlyMap<string, SchemaObject>): Record<string, SchemaObject> {
  const usedNames = new Map<string, SchemaObject>();
  const pending = references(root);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const schema = schemas.get(name);
    if (!schema || usedNames.has(name)) continue;
    usedNames.set(name, schema);
    pending.push(...references(schema));
  }
  return Object.fromEntries([...usedNames].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const references = (node: unknown): string[] =>
  [...JSON.stringify(node).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].flatMap(([, name]) => name ?? []);
