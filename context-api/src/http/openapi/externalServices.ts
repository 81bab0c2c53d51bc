import { usedSchemas } from "./nameInlineObjects.ts";
import type { OpenApiDocument } from "./types.ts";

type Node = Record<string, unknown>;

/** Operations that a Flow or Apex can use: one request, one JSON answer, for the role `rep`. */
const operations: ReadonlySet<unknown> = new Set(["getContext", "getContexts", "refreshContext", "getTimeline"]);

/** Words that no member of an Apex class may have as its name. */
const reservedInApex: ReadonlySet<string> = new Set([
  "new",
  "do",
  "public",
  "private",
  "class",
  "case",
  "end",
  "default",
  "when",
]);

/** External Services stores no more of a description. */
const maxDescription = 1_333;

/**
 * The part of the document that Salesforce External Services imports. Media types: application/json only. Property names: valid
 * Apex identifiers, so other members are left out; they are still in the answer. Response headers and security are ignored there,
 * the Named Credential authenticates. Unions of primitives become any value.
 * Source: Salesforce Help, "External Services: OpenAPI 2.0 and 3.0 Support" and "Naming and Description Conventions".
 */
export function externalServicesDocument(document: OpenApiDocument): OpenApiDocument {
  const paths: Record<string, Node> = {};
  for (const [path, methods] of Object.entries(document.paths as Record<string, Record<string, Node>>)) {
    const keptMethods = Object.entries(methods).filter(([, { operationId }]) => operations.has(operationId));
    if (keptMethods.length > 0)
      paths[path] = Object.fromEntries(keptMethods.map(([method, operation]) => [method, trimOperation(operation)]));
  }
  const schemas = usedSchemas(paths, new Map(Object.entries(mapNode(document.components?.schemas) as Record<string, Node>)));
  return { openapi: document.openapi, info: document.info, servers: document.servers, paths, components: { schemas } } as never;
}

function trimOperation({ operationId, summary, description, parameters, requestBody, responses }: Node): Node {
  return mapNode({
    operationId,
    summary,
    description,
    ...(Array.isArray(parameters) ? { parameters: parameters.filter((parameter) => !("$ref" in parameter)) } : {}),
    ...(requestBody ? { requestBody } : {}),
    responses: trimResponses(responses as Record<string, Node>),
  }) as Node;
}

function trimResponses(responses: Record<string, Node>): Record<string, Node> {
  const trimmed: Record<string, Node> = {};
  for (const [status, { description, content }] of Object.entries(responses)) {
    if (status === "304") continue;
    const [media] = Object.values((content ?? {}) as Record<string, Node>);
    trimmed[status] = { description, ...(media ? { content: { "application/json": media } } : {}) };
  }
  return trimmed;
}

function mapNode(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(mapNode);
  if (typeof node !== "object" || node === null) return node;
  const { anyOf, oneOf, properties, description, ...rest } = node as Node;
  const mapped = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, mapNode(value)]));
  if (typeof description === "string") mapped["description"] = description.slice(0, maxDescription);
  if (properties) Object.assign(mapped, trimProperties(properties as Node, rest["required"] as string[] | undefined));
  const union = (anyOf ?? oneOf) as Node[] | undefined;
  if (union) Object.assign(mapped, union.every((option) => "$ref" in option) ? { anyOf: union.map(mapNode) } : {});
  return mapped;
}

function trimProperties(properties: Node, requiredNames: string[] | undefined): Node {
  const isUsable = (name: string) => /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !reservedInApex.has(name.toLowerCase());
  const keptProperties = Object.entries(properties).filter(([name]) => isUsable(name));
  const keptRequired = requiredNames?.filter(isUsable) ?? [];
  return {
    properties: Object.fromEntries(keptProperties.map(([name, schema]) => [name, mapNode(schema)])),
    required: keptRequired.length > 0 ? keptRequired : undefined,
  };
}
