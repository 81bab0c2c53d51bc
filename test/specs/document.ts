import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type Correction, corrections } from "./corrections.ts";
import { closeObjects, type Node, type Schema } from "./schema.ts";
import type { Parameter, Specification } from "./specification.ts";

export interface Body {
  required?: boolean;
  content?: Record<string, { schema?: Schema }>;
}

/** A specification's definition of one method of one path. */
export interface Operation {
  specification: Specification;
  /** "GET /api/v2/tickets/{ticket_id}", "POST /engage#profile-set" */
  name: string;
  method: string;
  path: RegExp;
  parameters: Parameter[];
  requestBody: Body | null;
  responses: Record<string, Body>;
}

export interface Document {
  /** Prefix of references inside the schemas. */
  id: string;
  tree: Node;
  operations: Operation[];
}

const methods = ["get", "post", "put", "patch", "delete"];

/** Parses a specification and corrects its known errors. */
export function readDocument(name: Specification): Document {
  const id = `spec:/${name}`;
  const text = readFileSync(new URL(`${name}.openapi.yaml`, import.meta.url), "utf8");
  // A schema is validated without its document, so its references must name the document.
  const tree = parse(text, (key, value) => (key === "$ref" && String(value).startsWith("#/") ? id + value : value)) as Node;
  for (const correction of corrections[name] ?? []) correct(tree, correction);
  closeObjects(tree, (schema) => resolved(tree, schema));
  const operations = Object.entries(tree["paths"] as Record<string, Node>).flatMap(([path, item]) =>
    methods.filter((method) => method in item).map((method) => operationOf(name, tree, path, method)),
  );
  return { id, tree, operations };
}

function correct(tree: Node, { at, set, parameters = [] }: Correction): void {
  const node = nodeAt(tree, at);
  Object.assign(node, set);
  if (parameters.length > 0) node["parameters"] = [...((node["parameters"] ?? []) as unknown[]), ...parameters];
}

function operationOf(specification: Specification, tree: Node, path: string, method: string): Operation {
  const item = (tree["paths"] as Record<string, Node>)[path]!;
  const operation = item[method] as { parameters?: Node[]; requestBody?: Node; responses: Record<string, Node> };
  const parameters = [...((item["parameters"] ?? []) as Node[]), ...(operation.parameters ?? [])];
  const full = prefixOf(tree) + path;
  return {
    specification,
    name: `${method.toUpperCase()} ${full}`,
    method: method.toUpperCase(),
    path: pathPattern(full.split("#")[0]!),
    parameters: parameters.map((parameter) => resolved(tree, parameter) as unknown as Parameter),
    requestBody: operation.requestBody ? (resolved(tree, operation.requestBody) as Body) : null,
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, response]) => [status, resolved(tree, response) as Body]),
    ),
  };
}

/** The path that all servers of a specification share. */
function prefixOf(tree: Node): string {
  const [server] = (tree["servers"] ?? []) as { url: string }[];
  return server ? server.url.replace(/^https:\/\/[^/]+/, "") : "";
}

/** "/users/{id}" matches "/users/7", and no deeper path. */
export function pathPattern(template: string): RegExp {
  const parts = template.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("([^/]+)")}$`);
}

function resolved(tree: Node, node: Node): Node {
  const { $ref } = node;
  if (typeof $ref !== "string") return node;
  const steps = $ref.slice($ref.indexOf("#/") + 2).split("/");
  return resolved(tree, nodeAt(tree, steps.map(unescapeStep)));
}

/** RFC 6901, in a URI. */
const unescapeStep = (step: string): string => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");

function nodeAt(tree: Node, steps: readonly string[]): Node {
  const target = steps.reduce<unknown>((node, step) => (node as Node | undefined)?.[step], tree);
  if (typeof target !== "object" || target === null) throw new Error(`the specification has nothing at ${steps.join(" → ")}`);
  return target as Node;
}
