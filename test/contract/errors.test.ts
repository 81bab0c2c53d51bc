import { Problem, problemCodes } from "@sidelight/contracts/errors/problem.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AskOptions, type House, openHouse } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse({
    configure: (config) => {
      config.http.requestsPerMinute = 1_000_000;
    },
  });
});
afterAll(() => house.close());

type Bad = [what: string, path: string, options: AskOptions, code: keyof typeof problemCodes];
const post = (body: unknown, headers: Record<string, string> = {}): AskOptions => ({ method: "POST", body, headers });
const deep = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const context = "/v1/context/zendesk.ticket:1";

/** Requests that are wrong in every way we know, with what they are told. */
const bad: Bad[] = [
  ["unknown kind", "/v1/context/fax:1", {}, "invalid_ref"],
  ["no kind", "/v1/context/5158", {}, "invalid_ref"],
  ["unknown platform", "/v1/context/hubspot.contact:1", {}, "invalid_ref"],
  ["unknown object", "/v1/context/zendesk.macro:1", {}, "invalid_ref"],
  ["id of another form", "/v1/context/zendesk.ticket:0", {}, "invalid_ref"],
  ["checksum of a Salesforce id", "/v1/context/salesforce.account:0015g0000027oiUAAX", {}, "invalid_ref"],
  ["contact's id for an account", "/v1/context/salesforce.account:0035g0000027oii", {}, "invalid_ref"],
  ["no address", "/v1/context/email:nobody", {}, "invalid_ref"],
  ["no number", "/v1/context/phone:12", {}, "invalid_ref"],
  ["a ref that never ends", `/v1/context/email:${"a".repeat(700)}@example.com`, {}, "invalid_ref"],
  ["half a character", `/v1/context/${encodeURIComponent("email:")}%ED%A0%80@example.com`, {}, "invalid_ref"],
  ["prototype as a kind", "/v1/context/__proto__.constructor:1", {}, "invalid_ref"],
  ["broken percent-encoding", "/v1/context/zendesk.ticket%3A%E0%A4", {}, "invalid_ref"],
  ["a node that isn't ours", "/v1/context/person:short", {}, "invalid_ref"],
  ["timeline of a wrong ref", "/v1/timeline/nonsense", {}, "invalid_ref"],
  ["refresh of a wrong ref", "/v1/context/nonsense/refresh", { method: "POST" }, "invalid_ref"],
  ["unknown section", `${context}?sections=account,secrets`, {}, "invalid_request"],
  ["no section", `${context}?sections=`, {}, "invalid_request"],
  ["deadline that is none", `${context}?deadline=soon`, {}, "invalid_request"],
  ["deadline below the least", `${context}?deadline=1`, {}, "invalid_request"],
  ["deadline of infinity", `${context}?deadline=1e400`, {}, "invalid_request"],
  ["fields that are no pointers", `${context}?fields=name`, {}, "invalid_request"],
  ["limit of nothing", "/v1/timeline/zendesk.ticket:1?limit=0", {}, "invalid_request"],
  ["limit without end", "/v1/timeline/zendesk.ticket:1?limit=1001", {}, "invalid_request"],
  ["since when", "/v1/timeline/zendesk.ticket:1?since=yesterday", {}, "invalid_request"],
  ["body that is no JSON", "/v1/contexts", post("{"), "invalid_request"],
  ["truncated body", "/v1/contexts", post('{"refs":["email:a@b.example"'), "invalid_request"],
  ["empty body", "/v1/contexts", post(""), "invalid_request"],
  ["list for an object", "/v1/contexts", post("[]"), "invalid_request"],
  ["null", "/v1/contexts", post("null"), "invalid_request"],
  ["refs of a wrong type", "/v1/contexts", post({ refs: "email:a@b.example" }), "invalid_request"],
  ["no refs", "/v1/contexts", post({ refs: [] }), "invalid_request"],
  ["too many refs", "/v1/contexts", post({ refs: Array(101).fill("email:a@b.example") }), "invalid_request"],
  ["unknown member", "/v1/contexts", post({ refs: ["email:a@b.example"], admin: true }), "invalid_request"],
  ["deep JSON", "/v1/contexts", post(deep(50_000)), "invalid_request"],
  ["oversized body", "/v1/contexts", post({ refs: ["x".repeat(200_000)] }), "too_large"],
  ["body where none belongs, oversized", `${context}/refresh`, post("x".repeat(1_100_000)), "too_large"],
  [
    "another media type",
    "/v1/contexts",
    post("refs=1", { "content-type": "application/x-www-form-urlencoded" }),
    "unsupported_media_type",
  ],
  ["XML", "/v1/contexts", post("<refs/>", { "content-type": "text/xml" }), "unsupported_media_type"],
  ["no key", context, { role: null }, "unauthenticated"],
  ["no key for many", "/v1/contexts", { ...post({ refs: ["email:a@b.example"] }), role: null }, "unauthenticated"],
  ["no key for an unknown path", "/v1/nothing", { role: null }, "unauthenticated"],
  [
    "forged key",
    context,
    { role: null, headers: { authorization: `Bearer slk_acme_${"0".repeat(12)}_${"A".repeat(43)}` } },
    "unauthenticated",
  ],
  [
    "key of nobody's tenant",
    context,
    { role: null, headers: { authorization: `Bearer slk_nobody_${"0".repeat(12)}_${"A".repeat(43)}` } },
    "unauthenticated",
  ],
  ["key that never ends", context, { role: null, headers: { authorization: `Bearer ${"x".repeat(5_000)}` } }, "unauthenticated"],
  ["unknown path", "/v1/nothing", {}, "not_found"],
  ["unknown path outside", "/nothing", {}, "not_found"],
  ["wrong method", "/v1/contexts", { method: "DELETE" }, "not_found"],
  ["customer of a timeline whom nobody knows", "/v1/timeline/email:nobody@nowhere.example", {}, "not_found"],
  ["the future", `${context}?at=2999-01-01T00:00:00Z`, {}, "invalid_request"],
  ["a past that is no instant", `${context}?at=yesterday`, {}, "invalid_request"],
  ["an event nobody knows", "/v1/events/evt_nothing", {}, "not_found"],
  ["a cursor of nobody", "/v1/events?cursor=bm9uZQ", {}, "invalid_request"],
  ["a session for nobody", "/v1/sessions", post({ ref: "nonsense" }), "invalid_ref"],
  ["an unsigned webhook", "/v1/webhooks/acme/zendesk/unknown", { ...post({}), role: null }, "unauthenticated"],
  ["an unbuilt route", "/v1/audit", {}, "not_implemented"],
];

describe("every wrong request is told what was wrong", () => {
  it.each(bad)("%s", async (_, path, options, code) => {
    const { status, headers, body, text } = await house.ask(path, options);
    expect(body).toMatchObject({ code, status: problemCodes[code].status });
    expect(status).toBe(problemCodes[code].status);
    expect(headers.get("content-type")).toBe("application/problem+json");
    const problem = Problem.parse(body);
    expect(problem.requestId).toBe(headers.get("x-request-id"));
    expect(problem.type).toBe(`/docs/errors#${code}`);
    expect(text.length).toBeLessThan(2_000);
    expect(text).not.toMatch(/ at .*\.ts|node_modules|SQLITE|Error:/);
  });

  it("half a character in a body is no ref, and no platform is asked for it", async () => {
    const since = house.requests().length;
    const { status, body } = await house.ask("/v1/contexts", { method: "POST", body: '{"refs":["email:\\ud800@example.com"]}' });
    expect([status, body.items[0].code]).toEqual([200, "invalid_ref"]);
    expect(house.requests().length).toBe(since);
  });

  it("on a page that exists", async () => {
    const { text } = await house.ask("/docs/errors", { role: null });
    for (const code of Object.keys(problemCodes)) expect(text).toContain(`id="${code}"`);
  });

  it("also when the key was revoked a moment ago", async () => {
    const { log, clock } = house.runtime.tenants.get("acme")!.tenant;
    const headers = { authorization: `Bearer ${house.keys["acme"]!.rep}` };
    expect((await house.ask("/v1/connections", { role: null, headers })).status).toBe(200);
    const keyId = house.keys["acme"]!.rep.split("_")[2]!;
    const revoke = log.store.statements
      .updateTable("api_keys")
      .set({ revoked_at: clock.now() })
      .where("key_id", "=", keyId)
      .compile();
    await log.commit({ statements: [revoke], correlationId: "test" });
    house.clock.advance(30_000);
    expect((await house.ask("/v1/connections", { role: null, headers })).body.code).toBe("unauthenticated");
  });
});

describe("a key's allowance", () => {
  it("is told in headers, kept, and given anew with the minute", async () => {
    const small = await openHouse({
      pull: false,
      configure: (config) => {
        config.http.requestsPerMinute = 3;
      },
    });
    try {
      const answers = [];
      for (let i = 0; i < 4; i++) answers.push(await small.ask("/v1/connections"));
      expect(answers.map((a) => a.status)).toEqual([200, 200, 200, 429]);
      expect(answers[0]!.headers.get("ratelimit-policy")).toBe('"key";q=3;w=60');
      expect(answers.map((a) => /r=(\d+)/.exec(a.headers.get("ratelimit")!)![1])).toEqual(["2", "1", "0", "0"]);
      expect(answers[3]!.body.code).toBe("rate_limited");
      const wait = Number(answers[3]!.headers.get("retry-after"));
      expect((await small.ask("/v1/connections", { role: "agent" })).status).toBe(200);
      small.clock.advance(wait * 1000);
      expect((await small.ask("/v1/connections")).status).toBe(200);
    } finally {
      await small.close();
    }
  });
});

describe("a lost store", () => {
  it("is overload, for as long as nothing can be written", async () => {
    const lost = await openHouse({ pull: false });
    await lost.runtime.writer.close();
    const { status, body, headers } = await lost.context("email:somebody.new@example.com");
    expect([status, body]).toEqual([503, expect.objectContaining({ code: "overloaded" })]);
    expect(headers.get("retry-after")).toBe("5");
    await lost.close();
  });
});

describe("anything at all", () => {
  const runs = process.env["SIDELIGHT_FULL"] === "1" ? 10_000 : 1_500;

  it(`${runs} random requests bring neither a fault of ours nor growth`, { timeout: 300_000 }, async () => {
    const junk = fc.oneof(
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
      junk.map(encodeURIComponent),
    );
    const requests = fc.record({
      path: fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join("/")}`),
      query: fc.dictionary(fc.constantFrom("sections", "deadline", "fields", "limit", "cursor", "at", "x"), junk, { maxKeys: 3 }),
      method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"),
      body: fc.oneof(fc.constant(undefined), fc.json({ maxDepth: 6 }), junk),
      type: fc.constantFrom("application/json", "text/plain", "application/json; charset=utf-16", ""),
      keyed: fc.boolean(),
    });
    const before = process.memoryUsage().heapUsed;
    const wrong: string[] = [];
    for (const { path, query, method, body, type, keyed } of fc.sample(requests, { numRuns: runs, seed: 7 })) {
      const url = `http://api.example${path}?${new URLSearchParams(query)}`;
      const response = await house.app.request(url, {
        method,
        headers: {
          ...(keyed ? { authorization: `Bearer ${house.keys["acme"]!.admin}` } : {}),
          ...(type ? { "content-type": type } : {}),
        },
        ...(body === undefined || method === "GET" || method === "HEAD" ? {} : { body }),
      });
      await response.arrayBuffer();
      if (response.status >= 500 && response.status !== 501) wrong.push(`${response.status} ${method} ${url}`);
    }
    expect(wrong).toEqual([]);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  });
});
