import { type Body, type Operation, readDocument, specifications } from "./document.ts";
import { refusals } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Schema } from "./schema.ts";
import { createValidators, type Validate } from "./validator.ts";

export interface Verdict {
  /** Null when no specification knows the request's method and path. */
  operation: string | null;
  /** What the specification doesn't allow. */
  request: string[];
  answer: string[];
}

const documents = specifications.map(readDocument);
const { sent, answered, text } = createValidators(documents);
const known = documents.flatMap((document) => document.operations);

/** Every operation of the specifications kept here. */
export const operations: readonly Operation[] = known;

/** Holds one exchange against the specification of its platform. */
export function check(exchange: Exchange): Verdict {
  const verdicts = operationsFor(exchange).map((operation) => ({
    operation: operation.name,
    request: requestProblems(operation, exchange),
    answer: answerProblems(operation, exchange),
  }));
  // Where one address has several operations (`/engage#profile-set`), what fits one of them is right.
  const [best] = verdicts.sort((a, b) => a.request.length - b.request.length);
  return best ?? { operation: null, request: [], answer: [] };
}

/** `/users/me` is that, and no user whose id is "me". */
function operationsFor({ platform, method, path }: Exchange): Operation[] {
  const own = pathOf(path);
  const fitting = known.filter((o) => o.specification.startsWith(platform) && o.method === method && o.path.test(own));
  const values = (operation: Operation) => operation.parameters.filter((p) => p.in === "path").length;
  const least = Math.min(...fitting.map(values));
  return fitting.filter((operation) => values(operation) === least);
}

/** Without the query; Zendesk's old suffix means nothing. */
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
  const given = new URLSearchParams(exchange.path.split("?")[1] ?? "");
  const expected = parameters.filter((parameter) => parameter.in === "query");
  const names = [...given.keys()];
  const wrong = expected.flatMap(({ name, required, schema }) => {
    const value = given.get(name);
    if (value === null) return required ? [`query: ${name} is missing`] : [];
    return text(schema, value).map((problem) => `query: ${name} ${problem}`);
  });
  const unknown = names.filter((name) => !expected.some((parameter) => parameter.name === name));
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  return [
    ...wrong,
    ...unknown.map((name) => `query: ${name} is unknown`),
    ...twice.map((name) => `query: ${name} is there twice`),
  ];
}

/** Headers of HTTP and of tracing belong to no single interface. */
const ofHttp =
  /^(accept|accept-encoding|accept-language|authorization|connection|content-encoding|content-length|content-type|host|keep-alive|sec-fetch-mode|traceparent|tracestate|transfer-encoding|user-agent)$/;

function headerProblems({ parameters }: Operation, { headers }: Exchange): string[] {
  const expected = parameters.filter((parameter) => parameter.in === "header");
  const wrong = expected.flatMap(({ name, required, schema }) => {
    const value = headers[name.toLowerCase()];
    if (value === undefined) return required ? [`header: ${name} is missing`] : [];
    return text(schema, value).map((problem) => `header: ${name} ${problem}`);
  });
  const names = new Set(expected.map((parameter) => parameter.name.toLowerCase()));
  const unknown = Object.keys(headers).filter((name) => !ofHttp.test(name) && !names.has(name));
  return [...wrong, ...unknown.map((name) => `header: ${name} is unknown`)];
}

function bodyProblems({ requestBody }: Operation, { headers, body }: Exchange): string[] {
  if (body.length === 0) return requestBody?.required ? ["body: is missing"] : [];
  if (!requestBody) return ["body: none is expected"];
  return contentProblems(requestBody, headers, body, sent).map((problem) => `body: ${problem}`);
}

function answerProblems({ responses, specification }: Operation, exchange: Exchange): string[] {
  const { status, answerHeaders, answer } = exchange;
  const documented = responses[String(status)] ?? responses["default"];
  if (documented) return contentProblems(documented, answerHeaders, answer, answered);
  const refusal = refusals[exchange.platform];
  if (!refusal.statuses.includes(status)) return [`status ${status} is unknown to ${specification}`];
  return contentProblems({ content: { "application/json": { schema: refusal.body } } }, answerHeaders, answer, answered);
}

function contentProblems({ content }: Body, headers: Record<string, string>, bytes: Buffer, json: Validate): string[] {
  if (!content) return bytes.length > 0 ? ["content where none is expected"] : [];
  const type = (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  const schema = content[type]?.schema;
  if (!schema) return [`content type ${type || "none"} instead of ${Object.keys(content).join(" or ")}`];
  const written = bytes.toString("utf8");
  if (type === "application/x-www-form-urlencoded") return formProblems(schema, written);
  if (!type.includes("json")) return text(schema, written);
  try {
    return json(schema, JSON.parse(written));
  } catch {
    return ["is no JSON"];
  }
}

/** Every field of a form is text. */
function formProblems({ properties = {} }: Schema, written: string): string[] {
  return [...new URLSearchParams(written)].flatMap(([name, value]) => {
    const schema = (properties as Record<string, Schema>)[name];
    return schema ? text(schema, value).map((problem) => `${name} ${problem}`) : [`${name} is unknown`];
  });
}
