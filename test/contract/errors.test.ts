import { revokeApiKey } from "@sidelight/context-api/store/tables/apiKeys.ts";
import { Problem, problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    configure: (config) => {
      config.http.requestsPerMinute = 1_000_000;
    },
  });
});
afterAll(() => harness.close());

type BadRequest = [condition: string, path: string, options: RequestOptions, code: keyof typeof problemCodes];
const post = (body: unknown, headers: Record<string, string> = {}): RequestOptions => ({ method: "POST", body, headers });
const deep = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const context = "/v1/context/zendesk.ticket:1";

/** Bad requests with the code of their answer. */
const badRequests: BadRequest[] = [
  ["unknown kind", "/v1/context/fax:1", {}, "invalid_ref"],
  ["no kind", "/v1/context/5158", {}, "invalid_ref"],
  ["unknown platform", "/v1/context/hubspot.contact:1", {}, "invalid_ref"],
  ["unknown object", "/v1/context/zendesk.macro:1", {}, "invalid_ref"],
  ["id of a wrong form", "/v1/context/zendesk.ticket:0", {}, "invalid_ref"],
  ["Salesforce id with a wrong checksum", "/v1/context/salesforce.account:0015g0000027oiUAAX", {}, "invalid_ref"],
  ["id of a contact for an account", "/v1/context/salesforce.account:0035g0000027oii", {}, "invalid_ref"],
  ["invalid e-mail address", "/v1/context/email:nobody", {}, "invalid_ref"],
  ["invalid phone number", "/v1/context/phone:12", {}, "invalid_ref"],
  ["ref that is too long", `/v1/context/email:${"a".repeat(700)}@example.com`, {}, "invalid_ref"],
  ["half of a surrogate pair", `/v1/context/${encodeURIComponent("email:")}%ED%A0%80@example.com`, {}, "invalid_ref"],
  ["prototype as a platform", "/v1/context/__proto__.constructor:1", {}, "invalid_ref"],
  ["broken percent-encoding", "/v1/context/zendesk.ticket%3A%E0%A4", {}, "invalid_ref"],
  ["invalid person id", "/v1/context/person:short", {}, "invalid_ref"],
  ["timeline of an invalid ref", "/v1/timeline/nonsense", {}, "invalid_ref"],
  ["refresh of an invalid ref", "/v1/context/nonsense/refresh", { method: "POST" }, "invalid_ref"],
  ["unknown section", `${context}?sections=account,secrets`, {}, "invalid_request"],
  ["empty list of sections", `${context}?sections=`, {}, "invalid_request"],
  ["deadline that is not a number", `${context}?deadline=soon`, {}, "invalid_request"],
  ["deadline below the minimum", `${context}?deadline=1`, {}, "invalid_request"],
  ["infinite deadline", `${context}?deadline=1e400`, {}, "invalid_request"],
  ["fields that are not JSON pointers", `${context}?fields=name`, {}, "invalid_request"],
  ["limit of 0", "/v1/timeline/zendesk.ticket:1?limit=0", {}, "invalid_request"],
  ["limit above the maximum", "/v1/timeline/zendesk.ticket:1?limit=1001", {}, "invalid_request"],
  ["since that is not an instant", "/v1/timeline/zendesk.ticket:1?since=yesterday", {}, "invalid_request"],
  ["body that is not JSON", "/v1/contexts", post("{"), "invalid_request"],
  ["truncated body", "/v1/contexts", post('{"refs":["email:a@b.example"'), "invalid_request"],
  ["empty body", "/v1/contexts", post(""), "invalid_request"],
  ["list instead of an object", "/v1/contexts", post("[]"), "invalid_request"],
  ["null", "/v1/contexts", post("null"), "invalid_request"],
  ["refs of a wrong type", "/v1/contexts", post({ refs: "email:a@b.example" }), "invalid_request"],
  ["no refs", "/v1/contexts", post({ refs: [] }), "invalid_request"],
  ["too many refs", "/v1/contexts", post({ refs: Array(101).fill("email:a@b.example") }), "invalid_request"],
  ["unknown member", "/v1/contexts", post({ refs: ["email:a@b.example"], admin: true }), "invalid_request"],
  ["deeply nested JSON", "/v1/contexts", post(deep(50_000)), "invalid_request"],
  ["oversized body", "/v1/contexts", post({ refs: ["x".repeat(200_000)] }), "too_large"],
  ["oversized body of an operation without a body", `${context}/refresh`, post("x".repeat(1_100_000)), "too_large"],
  [
    "another media type",
    "/v1/contexts",
    post("refs=1", { "content-type": "application/x-www-form-urlencoded" }),
    "unsupported_media_type",
  ],
  ["XML", "/v1/contexts", post("<refs/>", { "content-type": "text/xml" }), "unsupported_media_type"],
  ["no key", context, { role: null }, "unauthenticated"],
  ["no key for POST /v1/contexts", "/v1/contexts", { ...post({ refs: ["email:a@b.example"] }), role: null }, "unauthenticated"],
  ["no key for an unknown path", "/v1/nothing", { role: null }, "unauthenticated"],
  [
    "forged key",
    context,
    { role: null, headers: { authorization: `Bearer slk_acme_${"0".repeat(12)}_${"A".repeat(43)}` } },
    "unauthenticated",
  ],
  [
    "key of an unknown tenant",
    context,
    { role: null, headers: { authorization: `Bearer slk_nobody_${"0".repeat(12)}_${"A".repeat(43)}` } },
    "unauthenticated",
  ],
  ["key that is too long", context, { role: null, headers: { authorization: `Bearer ${"x".repeat(5_000)}` } }, "unauthenticated"],
  ["unknown path", "/v1/nothing", {}, "not_found"],
  ["unknown path outside /v1", "/nothing", {}, "not_found"],
  ["wrong method", "/v1/contexts", { method: "DELETE" }, "method_not_allowed"],
  ["timeline of an unknown customer", "/v1/timeline/email:nobody@nowhere.example", {}, "not_found"],
  ["at in the future", `${context}?at=2999-01-01T00:00:00Z`, {}, "invalid_request"],
  ["at that is not an instant", `${context}?at=yesterday`, {}, "invalid_request"],
  ["unknown event", "/v1/events/evt_nothing", {}, "not_found"],
  ["invalid cursor", "/v1/events?cursor=bm9uZQ", {}, "invalid_request"],
  ["session for an invalid ref", "/v1/sessions", post({ ref: "nonsense" }), "invalid_ref"],
  ["unsigned webhook", "/v1/webhooks/acme/zendesk/unknown", { ...post({}), role: null }, "unauthenticated"],
  ["misspelled query parameter", `${context}?section=account`, {}, "invalid_request"],
  ["misspelled filter of a list", "/v1/events?typ=zendesk.ticket.created", {}, "invalid_request"],
  ["query parameter where none exists", "/v1/connections?limit=1", {}, "invalid_request"],
  ["query parameter of a POST", "/v1/contexts?sections=account", post({ refs: ["email:a@b.example"] }), "invalid_request"],
  ["operation that is not built", "/v1/privacy/export", post({}), "not_implemented"],
];

describe("a bad request gets a problem with a code, a status and a documentation page", () => {
  it.each(badRequests)("%s", async (_, path, options, code) => {
    const { status, headers, body, text } = await harness.request(path, options);
    expect(body).toMatchObject({ code, status: problemCodes[code].status });
    expect(status).toBe(problemCodes[code].status);
    expect(headers.get("content-type")).toBe("application/problem+json");
    const problem = Problem.parse(body);
    expect(problem.requestId).toBe(headers.get("x-request-id"));
    expect(problem.type).toBe(`/docs/errors#${code}`);
    expect(text.length).toBeLessThan(2_000);
    expect(text).not.toMatch(/ at .*\.ts|node_modules|SQLITE|Error:/);
  });

  it("half of a surrogate pair in a body is an invalid ref, and no platform is called", async () => {
    const since = harness.requests().length;
    const { status, body } = await harness.request("/v1/contexts", {
      method: "POST",
      body: '{"refs":["email:\\ud800@example.com"]}',
    });
    expect([status, body.items[0].code]).toEqual([200, "invalid_ref"]);
    expect(harness.requests().length).toBe(since);
  });

  it("every code has an entry on the documentation page", async () => {
    const { text } = await harness.request("/docs/errors", { role: null });
    for (const code of Object.keys(problemCodes)) expect(text).toContain(`id="${code}"`);
  });

  it("answers 401 within a second after the key was revoked", async () => {
    const { log, clock } = harness.runtime.tenants.get("acme")!.tenant;
    const headers = { authorization: `Bearer ${harness.keys["acme"]!.service}` };
    expect((await harness.request("/v1/connections", { role: null, headers })).status).toBe(200);
    const keyId = harness.keys["acme"]!.service.split("_")[2]!;
    await log.commit({ statements: [revokeApiKey(log.store, keyId, clock.now())], correlationId: "test" });
    harness.clock.advance(1_000);
    expect((await harness.request("/v1/connections", { role: null, headers })).body.code).toBe("unauthenticated");
  });
});

describe("a wrong method", () => {
  it.each([
    ["DELETE", "/v1/contexts", "POST"],
    ["PUT", "/v1/context/zendesk.ticket:1", "GET, HEAD"],
    ["GET", "/v1/deliveries/d1/retry", "POST"],
    ["POST", "/healthz", "GET, HEAD"],
  ])("%s %s answers 405 with Allow: %s", async (method, path, allow) => {
    const { status, headers, body } = await harness.request(path, { method });
    expect([status, body.code, headers.get("allow")]).toEqual([405, "method_not_allowed", allow]);
  });

  it("answers 404 without Allow for an unknown path", async () => {
    const { status, headers } = await harness.request("/v1/nothing", { method: "DELETE" });
    expect([status, headers.get("allow")]).toEqual([404, null]);
  });
});

describe("an unknown query parameter", () => {
  it("is named by the answer", async () => {
    const { body } = await harness.request("/v1/events?sourceEventID=1&limit=5");
    expect(body.errors).toEqual([expect.objectContaining({ pointer: "/sourceEventID" })]);
  });

  it("is refused by every GET operation of the document", async () => {
    const { paths } = (await harness.request("/openapi.json")).body as {
      paths: Record<string, Record<string, { tags: string[] }>>;
    };
    const getOperations = Object.entries(paths).filter(([, { get }]) => get && !get.tags.includes("Not built yet"));
    expect(getOperations.length).toBeGreaterThan(10);
    for (const [path] of getOperations) {
      const url = path.replace("{ref}", "zendesk.ticket:1").replaceAll(/\{\w+\}/g, "x");
      const { status, body } = await harness.request(`${url}?unknownParameter=1`);
      expect([status, body.code], path).toEqual([400, "invalid_request"]);
    }
  });
});

describe("the rate limit of a key", () => {
  it("is reported in headers, applies to each key on its own, and ends with the minute", async () => {
    const harnessWithLimit = await openHarness({
      pull: false,
      configure: (config) => {
        config.http.requestsPerMinute = 3;
      },
    });
    try {
      const answers = [];
      for (let i = 0; i < 4; i++) answers.push(await harnessWithLimit.request("/v1/connections"));
      expect(answers.map((a) => a.status)).toEqual([200, 200, 200, 429]);
      expect(answers[0]!.headers.get("ratelimit-policy")).toBe('"key";q=3;w=60');
      expect(answers.map((a) => /r=(\d+)/.exec(a.headers.get("ratelimit")!)![1])).toEqual(["2", "1", "0", "0"]);
      expect(answers[3]!.body.code).toBe("rate_limited");
      const waitSeconds = Number(answers[3]!.headers.get("retry-after"));
      expect((await harnessWithLimit.request("/v1/connections", { role: "service" })).status).toBe(200);
      harnessWithLimit.clock.advance(waitSeconds * 1000);
      expect((await harnessWithLimit.request("/v1/connections")).status).toBe(200);
    } finally {
      await harnessWithLimit.close();
    }
  });
});

describe("when the store is lost", () => {
  it("answers 503 overloaded with Retry-After", async () => {
    const harnessWithoutWriter = await openHarness({ pull: false });
    await harnessWithoutWriter.runtime.writer.close();
    const { status, body, headers } = await harnessWithoutWriter.context("email:somebody.new@example.com");
    expect([status, body]).toEqual([503, expect.objectContaining({ code: "overloaded" })]);
    expect(headers.get("retry-after")).toBe("5");
    await harnessWithoutWriter.close();
  });
});

describe("random requests", () => {
  const runs = process.env["SIDELIGHT_FULL"] === "1" ? 10_000 : 1_500;

  it(`${runs} random requests cause neither a server error nor memory growth`, { timeout: scaled(300_000) }, async () => {
    const randomText = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom("..", "%00", "%ff", "__proto__", "constructor", "{}", "null", "-1", "1e999"),
    );
    const segment = fc.oneof(
      fc.constantFrom(
        "v1",
        "context",
        "contexts",
        "timeline",
        "connections",
        "refresh",
        "webhooks",
        "docs",
        "openapi.json",
        "zendesk.ticket:1",
        "email:a@b.example",
      ),
      randomText.map(encodeURIComponent),
    );
    const requests = fc.record({
      path: fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join("/")}`),
      query: fc.dictionary(fc.constantFrom("sections", "deadline", "fields", "limit", "cursor", "at", "x"), randomText, {
        maxKeys: 3,
      }),
      method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"),
      body: fc.oneof(fc.constant(undefined), fc.json({ maxDepth: 6 }), randomText),
      type: fc.constantFrom("application/json", "text/plain", "application/json; charset=utf-16", ""),
      hasKey: fc.boolean(),
    });
    const heapBefore = process.memoryUsage().heapUsed;
    const serverErrors: string[] = [];
    for (const { path, query, method, body, type, hasKey } of fc.sample(requests, { numRuns: runs, seed: 7 })) {
      const url = `http://api.example${path}?${new URLSearchParams(query)}`;
      const response = await harness.app.request(url, {
        method,
        headers: {
          ...(hasKey ? { authorization: `Bearer ${harness.keys["acme"]!.admin}` } : {}),
          ...(type ? { "content-type": type } : {}),
        },
        ...(body === undefined || method === "GET" || method === "HEAD" ? {} : { body }),
      });
      await response.arrayBuffer();
      if (response.status >= 500 && response.status !== 501) serverErrors.push(`${response.status} ${method} ${url}`);
    }
    expect(serverErrors).toEqual([]);
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(100 * 1024 * 1024);
  });
});
