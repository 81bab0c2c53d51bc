import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, unknown> };
}

let harness: Harness;
let operations: { name: string; method: string; path: string; hasBody: boolean }[];
beforeAll(async () => {
  harness = await openHarness({
    pull: false,
    configure: (config) => {
      config.http.requestsPerMinute = 1_000_000;
    },
  });
  const { paths } = (await harness.request("/openapi.json")).body as { paths: Record<string, Record<string, Operation>> };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, requestBody }]) => ({
      name: operationId,
      method: method.toUpperCase(),
      path: path.replace("{ref}", "zendesk.ticket:1").replaceAll(/\{\w+\}/g, "x"),
      hasBody: requestBody !== undefined,
    })),
  );
});
afterAll(() => harness.close());

const json = "application/json";
type Body = string | Uint8Array<ArrayBuffer> | undefined;
const bytes = (...values: number[]) => new Uint8Array(values);

/** Bodies that no operation takes, with the status of their answer. */
const badBodies: [condition: string, contentType: string | null, body: Body, status: number, headers?: Record<string, string>][] =
  [
    ["no body and no media type", null, undefined, 415],
    ["no body", json, undefined, 400],
    ["an empty body", json, "", 400],
    ["white space", json, " \n", 400],
    ["a body without a media type", null, bytes(0x7b, 0x7d), 415],
    ["a form", "application/x-www-form-urlencoded", "refs=1", 415],
    ["a multipart form", "multipart/form-data; boundary=x", "--x--", 415],
    ["text", "text/plain", "{}", 415],
    ["a media type that begins like JSON", "application/json5", "{}", 415],
    ["a media type that ends like JSON", "application/vnd.api+json", "{}", 415],
    ["several media types", "application/json, text/plain", "{}", 415],
    ["an empty media type", "", "{}", 415],
    ["another charset", "application/json; charset=utf-16", "{}", 415],
    ["a compressed body", json, bytes(0x1f, 0x8b, 8, 0), 415, { "content-encoding": "gzip" }],
    ["an unknown encoding", json, "{}", 415, { "content-encoding": "constructor" }],
    ["text that is no JSON", json, "retry", 400],
    ["truncated JSON", json, '{"refs":["email:a@b.example"', 400],
    ["JSON with text after it", json, "{} {}", 400],
    ["bytes that are not UTF-8", json, bytes(0x22, 0xc3, 0x28, 0x22), 400],
    ["UTF-16", json, bytes(0xff, 0xfe, 0x7b, 0, 0x7d, 0), 400],
    ["null", json, "null", 400],
    ["a number", json, "1", 400],
    ["a text", json, '"refs"', 400],
    ["a list", json, "[]", 400],
    ["deeply nested arrays", json, `${"[".repeat(20_000)}${"]".repeat(20_000)}`, 400],
    ["deeply nested objects", json, `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`, 400],
    ["an unknown member", json, '{"unknown":1}', 400],
    ["a member named __proto__", json, '{"__proto__":{"source":"zendesk"}}', 400],
    ["a member named constructor", json, '{"constructor":{"prototype":{"all":true}}}', 400],
    ["a large body", json, `{"refs":["${"x".repeat(200_000)}"]}`, 413],
    ["a body of many megabytes", json, " ".repeat(3_000_000), 413],
  ];

const send = async (
  { method, path }: { method: string; path: string },
  body: Body,
  contentType: string | null,
  headers: Record<string, string> = {},
) => {
  const response = await harness.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${harness.keys["acme"]!.admin}`,
      ...(contentType === null ? {} : { "content-type": contentType }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, contentType: response.headers.get("content-type"), text };
};

describe("the JSON body of every operation of the document", () => {
  it.each(badBodies)("%s is refused", async (_, contentType, body, status, headers) => {
    const withBody = operations.filter(({ hasBody, name }) => hasBody && !["postWebhook", "openPanel"].includes(name));
    expect(withBody.map(({ name }) => name).sort()).toEqual([
      "addNote",
      "changeConfig",
      "checkIdentity",
      "createFollowUp",
      "createSession",
      "deleteNote",
      "dismissCandidates",
      "getCards",
      "getContexts",
      "linkIdentity",
      "mergeIdentities",
      "muteAlert",
      "pin",
      "recordInsert",
      "refreshCustomer",
      "replayEvents",
      "resolveConflict",
      "retryDeliveries",
      "revealValues",
      "rollbackConfig",
      "search",
      "splitIdentity",
      "startCanary",
      "testAlertChannel",
      "testRoutes",
      "undoDecisions",
      "unlinkIdentity",
    ]);
    const since = harness.runtime.tenants.get("acme")!.tenant.log.head();
    for (const operation of withBody) {
      const answer = await send(operation, body, contentType, headers);
      expect([answer.status, answer.contentType], operation.name).toEqual([status, "application/problem+json"]);
      expect(answer.text).not.toMatch(/email:a@b|SyntaxError|Unexpected token/);
    }
    expect(harness.runtime.tenants.get("acme")!.tenant.log.head()).toBe(since);
  });

  it.each([
    ["in capital letters", "APPLICATION/JSON"],
    ["with its charset", "application/json; charset=UTF-8"],
    ["with its charset in quotes", 'application/json;charset="utf-8"'],
  ])("is read when its media type is written %s", async (_, contentType) => {
    const { status } = await send({ method: "POST", path: "/v1/sessions" }, '{"ref":"zendesk.ticket:1"}', contentType);
    expect(status).toBe(201);
  });

  it("is read with a byte order mark, and the last of repeated members counts", async () => {
    const body = '\uFEFF{"ref":"nonsense","ref":"zendesk.ticket:1"}';
    expect((await send({ method: "POST", path: "/v1/sessions" }, body, json)).status).toBe(201);
  });
});

describe("an operation without a body", () => {
  it.each(badBodies)("does not fail when it gets %s", async (_, contentType, body, __, headers) => {
    for (const operation of operations.filter(({ hasBody }) => !hasBody)) {
      if (operation.method === "GET") continue;
      const { status } = await send(operation, body, contentType, headers);
      expect(status, operation.name).toBeLessThan(500);
    }
  });
});

it("requeues all dead letters only when a filter is sent, also an empty one", async () => {
  const operation = { method: "POST", path: "/v1/deliveries/retry" };
  for (const [body, contentType] of [
    [undefined, null],
    [undefined, json],
    ["", json],
  ] as const) {
    expect((await send(operation, body, contentType)).status).toBeGreaterThanOrEqual(400);
  }
  expect((await send(operation, "{}", json)).text).toBe('{"retried":0}');
});

describe("a name that every object inherits", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"];

  it.each(names)("%s names nothing, wherever it is sent", async (name) => {
    const answers: [path: string, status: number][] = [
      [`/docs/${name}`, 404],
      [`/v1/context/${name}.${name}:1`, 400],
      [`/v1/context/zendesk.${name}:1`, 400],
      [`/v1/context/${name}:1`, 400],
      [`/v1/context/zendesk.ticket:1?sections=${name}`, 400],
      [`/v1/context/zendesk.ticket:1?fields=/${name}/name`, 200],
      [`/v1/context/zendesk.ticket:1?${name}=1`, 400],
      [`/v1/timeline/${name}.user:1`, 400],
      [`/v1/events?source=${name}`, 200],
      [`/v1/events?type=${name}`, 200],
      [`/v1/events?sourceEventId=${name}`, 200],
      [`/v1/events/${name}`, 404],
      [`/v1/alerts?type=${name}`, 200],
      [`/v1/alerts?state=${name}`, 400],
      [`/v1/calls?source=${name}`, 200],
      [`/v1/deliveries?source=${name}&type=${name}`, 200],
      [`/v1/deliveries?state=${name}`, 400],
      [`/v1/quarantine?source=${name}`, 200],
      [`/v1/quarantine?state=${name}`, 400],
      [`/v1/config/versions/${name}`, 404],
      [`/v1/config/versions?type=${name}`, 400],
    ];
    for (const [path, status] of answers) expect([path, (await harness.request(path)).status]).toEqual([path, status]);
    const post = { method: "POST", role: null, body: {} } as const;
    for (const path of [`/v1/webhooks/${name}/zendesk/x`, `/v1/webhooks/acme/${name}/x`, `/v1/webhooks/acme/zendesk/${name}`])
      expect([path, (await harness.request(path, post)).status]).toEqual([path, 401]);
    for (const path of [`/v1/deliveries/${name}/retry`, `/v1/quarantine/${name}/release`, `/v1/quarantine/${name}/discard`])
      expect([path, (await harness.request(path, { method: "POST" })).status]).toEqual([path, 404]);
  });
});
