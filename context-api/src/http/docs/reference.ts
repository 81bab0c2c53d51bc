import type { OpenApiDocument, SchemaObject } from "../openapi/types.ts";
import { html, type Markup } from "./html.ts";
import { schemaTable, schemaType } from "./schemaTable.ts";

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: SchemaObject;
}

interface Content {
  content?: Record<string, { schema?: SchemaObject }>;
}

interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: Content & { description?: string };
  responses?: Record<string, Content & { description?: string }>;
}

interface NamedOperation {
  id: string;
  method: string;
  path: string;
  operation: Operation;
}

const methods = ["get", "post", "put", "patch", "delete"] as const;

/** The API as a page without scripts: its operations by subject, and the schemas that they use. */
export function referenceBody(document: OpenApiDocument): Markup {
  const operations = operationsOf(document);
  const schemas = Object.entries((document.components?.schemas ?? {}) as Record<string, SchemaObject>);
  const tags = (document.tags ?? []).filter(({ name }) => operations.some(({ operation }) => operation.tags?.includes(name)));
  return html`<h1>${document.info.title} API</h1>
    <p>${document.info.description ?? ""} Version ${document.info.version}. <a href="/openapi.json">OpenAPI document</a>.</p>
    <nav aria-label="Operations">${tags.map((tag) => tagMenu(tag.name, operations))}</nav>
    ${tags.map((tag) => tagSection(tag.name, tag.description ?? "", operations))}
    <h2 id="schemas">Schemas</h2>
    ${schemas.map(([name, schema]) => schemaSection(name, schema))}`;
}

/** What a reference within the document leads to; anything else as it is. */
function resolved<T extends object>(document: OpenApiDocument, value: T): T {
  const reference = (value as { $ref?: unknown }).$ref;
  if (typeof reference !== "string") return value;
  const steps = reference.replace("#/", "").split("/");
  return steps.reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], document) as T;
}

function resolvedOperation(document: OpenApiDocument, operation: Operation): Operation {
  const { parameters = [], requestBody, responses = {} } = operation;
  const entries = Object.entries(responses).map(([status, response]) => [status, resolved(document, response)]);
  return {
    ...operation,
    parameters: parameters.map((parameter) => resolved(document, parameter)),
    responses: Object.fromEntries(entries),
    ...(requestBody && { requestBody: resolved(document, requestBody) }),
  };
}

function operationsOf(document: OpenApiDocument): NamedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = (item as Record<string, Operation | undefined>)[method];
      if (!operation) return [];
      const id = `${method}-${path.replace(/[^\w]+/g, "-").replace(/^-|-$/g, "")}`;
      return [{ id, method: method.toUpperCase(), path, operation: resolvedOperation(document, operation) }];
    }),
  );
}

const ofTag = (tag: string, operations: readonly NamedOperation[]): NamedOperation[] =>
  operations.filter(({ operation }) => operation.tags?.includes(tag));

const tagMenu = (tag: string, operations: readonly NamedOperation[]): Markup =>
  html`<h2>${tag}</h2><ul>${ofTag(tag, operations).map(
    ({ id, method, path }) => html`<li><a href="#${id}"><code>${method} ${path}</code></a></li>`,
  )}</ul>`;

const tagSection = (tag: string, description: string, operations: readonly NamedOperation[]): Markup =>
  html`<section><h2>${tag}</h2><p>${description}</p>${ofTag(tag, operations).map(operationArticle)}</section>`;

function operationArticle({ id, method, path, operation }: NamedOperation): Markup {
  const { summary = "", description = "", parameters = [], requestBody, responses = {} } = operation;
  return html`<article id="${id}">
    <h3><code>${method} ${path}</code></h3>
    <p><strong>${summary}</strong></p>
    ${description ? html`<p>${description}</p>` : ""}
    ${parameters.length > 0 ? parameterTable(parameters) : ""}
    ${requestBody ? html`<p>Body: ${contentType(requestBody)}. ${requestBody.description ?? ""}</p>` : ""}
    <table><caption>Answers</caption><thead><tr><th scope="col">Status</th><th scope="col">Content</th><th scope="col">Meaning</th></tr></thead>
    <tbody>${Object.entries(responses).map(
      ([status, response]) =>
        html`<tr><th scope="row">${status}</th><td>${contentType(response)}</td><td>${response.description ?? ""}</td></tr>`,
    )}</tbody></table>
  </article>`;
}

const parameterTable = (parameters: readonly Parameter[]): Markup =>
  html`<table><caption>Parameters</caption><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
  <tbody>${parameters.map(
    (parameter) =>
      html`<tr><th scope="row"><code>${parameter.name}</code>${parameter.required ? " (required)" : ""}</th><td>${parameter.in}</td><td>${schemaType(parameter.schema ?? {})}</td><td>${parameter.description ?? ""}</td></tr>`,
  )}</tbody></table>`;

function contentType({ content = {} }: Content): Markup {
  const entries = Object.entries(content);
  if (entries.length === 0) return html`none`;
  return html`${entries.map(
    ([mediaType, { schema }], index) =>
      html`${index > 0 ? ", " : ""}<code>${mediaType}</code> ${schema ? schemaType(schema) : ""}`,
  )}`;
}

const schemaSection = (name: string, schema: SchemaObject): Markup =>
  html`<section id="schema-${name}"><h3><code>${name}</code></h3>${schemaTable(schema)}</section>`;
