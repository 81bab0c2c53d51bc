import type { OpenApiDocument } from "./types.ts";

interface Operation {
  operationId?: string;
  parameters?: unknown[];
  responses: Record<string, { headers?: Record<string, unknown> }>;
}

const text = (description: string, example?: string) => ({
  description,
  schema: { type: "string" as const },
  ...(example === undefined ? {} : { example }),
});

/** Headers of answers, by name. */
const headers = {
  "x-request-id": text("Names this request in logs. A caller may choose it", "3f0d6c1e-0a53-4d43-b9a4-1f5d9f0a7c11"),
  "server-timing": text("Time that the server took, ms", "total;dur=1.20"),
  "ratelimit-policy": text("Requests that this API key may send in a window", '"key";q=600;w=60'),
  ratelimit: text("What is left of it, and when it starts again", '"key";r=598;t=41'),
  "retry-after": text("Seconds to wait before the next attempt", "30"),
  "www-authenticate": text("How to authenticate", "Bearer"),
  etag: text("Validates the answer: send it as If-None-Match", '"wQvYb9Zl2k1h7n3mX0aPq8RtU5c"'),
  "x-sidelight-tier": text("What answered: memory, redis, store or platform", "memory"),
  "cache-control": text("Whether the answer may be stored", "private, no-cache"),
  vary: text("Answers differ by API key and by coding", "authorization, accept-encoding"),
  "content-encoding": text("gzip or br; absent for a body that is not compressed", "gzip"),
  deprecation: text("Since when this version of the API is deprecated, RFC 9745"),
  sunset: text("When this version of the API ends, RFC 8594"),
};
type HeaderName = keyof typeof headers;

const everywhere: readonly HeaderName[] = ["x-request-id", "server-timing"];
const ofKeys: readonly HeaderName[] = ["ratelimit-policy", "ratelimit", "deprecation", "sunset"];
const byStatus: Readonly<Record<string, readonly HeaderName[]>> = {
  401: ["www-authenticate"],
  429: ["retry-after"],
  503: ["retry-after"],
};
const ofContexts: readonly HeaderName[] = ["etag", "x-sidelight-tier", "cache-control", "vary"];
const ofBodies: readonly HeaderName[] = ["content-encoding"];
const contextOperations: ReadonlySet<string | undefined> = new Set(["getContext", "refreshContext"]);

/** Signed by the platform that calls them. */
const withoutKey: ReadonlySet<string | undefined> = new Set(["postWebhook", "openPanel"]);

const parameters = {
  requestId: {
    name: "x-request-id",
    in: "header" as const,
    ...text("An id of your own for this request: 8 to 64 of A-Z a-z 0-9 . _ -"),
  },
  traceparent: { name: "traceparent", in: "header" as const, ...text("W3C trace context; its trace id becomes the request id") },
  ifNoneMatch: {
    name: "if-none-match",
    in: "header" as const,
    ...text("ETag of the answer that you have: 304 while it is current"),
  },
};
type ParameterName = keyof typeof parameters;

/** Describes the headers that middleware reads and writes, which the routes do not know. */
export function addHeaders(document: OpenApiDocument): OpenApiDocument {
  const components = { ...document.components, headers, parameters };
  for (const methods of Object.values(document.paths)) {
    for (const operation of Object.values(methods as Record<string, Operation>)) addToOperation(operation);
  }
  return { ...document, components } as OpenApiDocument;
}

function addToOperation(operation: Operation): void {
  const { operationId, responses } = operation;
  const isForKeys = !withoutKey.has(operationId);
  for (const [status, response] of Object.entries(responses)) {
    const isContext = contextOperations.has(operationId) && ["200", "304"].includes(status);
    const names = [
      ...[...everywhere, ...(isForKeys ? ofKeys : []), ...(byStatus[status] ?? []), ...(isContext ? ofContexts : [])],
      ...(isContext && status === "200" ? ofBodies : []),
    ];
    response.headers = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
  }
  const givenNames: ParameterName[] =
    operationId === "getContext" ? ["requestId", "traceparent", "ifNoneMatch"] : ["requestId", "traceparent"];
  operation.parameters = [
    ...(operation.parameters ?? []),
    ...givenNames.map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ];
}
