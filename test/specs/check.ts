import { type Body, type Operation, readDocument } from "./document.ts";
import { refusals } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Schema } from "./schema.ts";
import { specifications } from "./specification.ts";
import { createValidators, type Validate } from "./validator.ts";

export interface Verdict {
  /** Null when no specification has the request's method and path. */
  operation: string | null;
  /** Violations of the specification. */
  request: string[];
  response: string[];
}

const documents = specifications.map(readDocument);
const { request: checkRequest, response: checkResponse, text } = createValidators(documents);
const allOperations = documents.flatMap((document) => document.operations);

/** Every operation of the specifications in this folder. */
export const operations: readonly Operation[] = allOperations;

/** Checks one exchange against its platform's specification. */
export function check(exchange: Exchange): Verdict {
  const verdicts = operationsFor(exchange).map((operation) => ({
    operation: operation.name,
    request: requestProblems(operation, exchange),
    response: responseProblems(operation, exchange),
  }));
  // Where one address has several operations (`/engage#profile-set`), the first one that fits decides.
  const [best] = verdicts.sort((a, b) => a.request.length - b.request.length);
  return best ?? { operation: null, request: [], response: [] };
}

/** `/users/me` matches itself, not a user with the id "me". */
function operationsFor({ platform, method, path }: Exchange): Operation[] {
  const ownPath = pathOf(path);
  const fitting = allOperations.filter(
    (o) => o.specification.startsWith(platform) && o.method === method && o.path.test(ownPath),
  );
  const values = (operation: Operation) => operation.parameters.filter((p) => p.in === "path").length;
  const least = Math.min(...fitting.map(values));
  return fitting.filter((operation) => values(operation) === least);
}

/** Without the query and Zendesk's old suffix. */
export const pathOf = (path: string): string => path.split("?")[0]!.replace(/\.json$/, "");

function requestProblems(operation: Operation, exchange: Exchange): string[] {
  return [
    ...pathProblems(operation, exchange),
    ...queryProblems(operation, exchange),
    ...headerProblems(operation, exchange),
    ...bodyProblems(operation, exchange),
  ];
}

function pathProblems({ path, parameters }: Operation, exchange: Exchange): string[] {
  const values = path.exec(pathOf(exchange.path))!.slice(1).map(decodeURIComponent);
  return parameters
    .filter((parameter) => parameter.in === "path")
    .flatMap(({ name, schema }, i) => text(schema, values[i]).map((problem) => `path: ${name} ${problem}`));
}

function queryProblems({ parameters }: Operation, exchange: Exchange): string[] {
  const query = new URLSearchParams(exchange.path.split("?")[1] ?? "");
  const declared = parameters.filter((parameter) => parameter.in === "query");
  const names = [...query.keys()];
  const violations = declared.flatMap(({ name, required, schema }) => {
    const value = query.get(name);
    if (value === null) return required ? [`query: ${name} is missing`] : [];
    return text(schema, value).map((problem) => `query: ${name} ${problem}`);
  });
  const unknown = names.filter((name) => !declared.some((parameter) => parameter.name === name));
  const repeated = names.filter((name, i) => names.indexOf(name) !== i);
  return [
    ...violations,
    ...unknown.map((name) => `query: ${name} is unknown`),
    ...repeated.map((name) => `query: ${name} is repeated`),
  ];
}

/** HTTP and tracing headers belong to every API. */
const ofHttp =
  /^(accept|accept-encoding|accept-language|authorization|connection|content-encoding|content-length|content-type|host|keep-alive|sec-fetch-mode|traceparent|tracestate|transfer-encoding|user-agent)$/;

function headerProblems({ parameters }: Operation, { headers }: Exchange): string[] {
  const declared = parameters.filter((parameter) => parameter.in === "header");
  const violations = declared.flatMap(({ name, required, schema }) => {
    const value = headers[name.toLowerCase()];
    if (value === undefined) return required ? [`header: ${name} is missing`] : [];
    return text(schema, value).map((problem) => `header: ${name} ${problem}`);
  });
  const names = new Set(declared.map((parameter) => parameter.name.toLowerCase()));
  const unknown = Object.keys(headers).filter((name) => !ofHttp.test(name) && !names.has(name));
  return [...violations, ...unknown.map((name) => `header: ${name} is unknown`)];
}

function bodyProblems({ requestBody }: Operation, { headers, body }: Exchange): string[] {
  if (body.length === 0) return requestBody?.required ? ["body: is missing"] : [];
  if (!requestBody) return ["body: none is expected"];
  return contentProblems(requestBody, headers, body, checkRequest).map((problem) => `body: ${problem}`);
}

function responseProblems({ responses, specification }: Operation, exchange: Exchange): string[] {
  const { status, responseHeaders, response } = exchange;
  const documented = responses[String(status)] ?? responses["default"];
  if (documented) return contentProblems(documented, responseHeaders, response, checkResponse);
  const refusal = refusals[exchange.platform];
  if (!refusal.statuses.includes(status)) return [`status ${status} is unknown to ${specification}`];
  return contentProblems({ content: { "application/json": { schema: refusal.body } } }, responseHeaders, response, checkResponse);
}

function contentProblems({ content }: Body, headers: Record<string, string>, bytes: Buffer, json: Validate): string[] {
  if (!content) return bytes.length > 0 ? ["content where none is expected"] : [];
  const type = (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  const schema = content[type]?.schema;
  if (!schema) return [`content type ${type || "none"} instead of ${Object.keys(content).join(" or ")}`];
  const bodyText = bytes.toString("utf8");
  if (type === "application/x-www-form-urlencoded") return formProblems(schema, bodyText);
  if (!type.includes("json")) return text(schema, bodyText);
  try {
    return json(schema, JSON.parse(bodyText));
  } catch {
    return ["is not JSON"];
  }
}

/** Every field of a form is text. */
function formProblems({ properties = {} }: Schema, bodyText: string): string[] {
  return [...new URLSearchParams(bodyText)].flatMap(([name, value]) => {
    const schema = (properties as Record<string, Schema>)[name];
    return schema ? text(schema, value).map((problem) => `${name} ${problem}`) : [`${name} is unknown`];
  });
}
