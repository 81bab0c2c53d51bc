import { describe, expect, it } from "vitest";
import { check } from "./check.ts";
import type { Exchange } from "./exchange.ts";

const json = { "content-type": "application/json;charset=UTF-8" };
const exchangeOf = (
  method: string,
  path: string,
  options: Partial<Exchange> & { requestBody?: unknown; responseBody?: unknown } = {},
): Exchange => {
  const { requestBody, responseBody = {}, ...overrides } = options;
  return {
    platform: "zendesk",
    method,
    path,
    headers: requestBody === undefined ? {} : json,
    body: Buffer.from(requestBody === undefined ? "" : JSON.stringify(requestBody)),
    status: 200,
    responseHeaders: json,
    response: Buffer.from(JSON.stringify(responseBody)),
    ...overrides,
  };
};

describe("a request", () => {
  it.each([
    ["an unknown parameter", exchangeOf("GET", "/api/v2/users/me?nope=1"), "query: nope is unknown"],
    ["a repeated parameter", exchangeOf("GET", "/api/v2/search?query=a&query=b"), "query: query is repeated"],
    ["a missing parameter", exchangeOf("GET", "/api/v2/search"), "query: query is missing"],
    [
      "text for a number in the query",
      exchangeOf("GET", "/api/v2/satisfaction_ratings?start_time=now"),
      "query: start_time / must be integer",
    ],
    ["text for a number in the path", exchangeOf("GET", "/api/v2/tickets/abc"), "path: ticket_id / must be integer"],
    ["an unknown header", exchangeOf("GET", "/api/v2/users/me", { headers: { "x-mine": "1" } }), "header: x-mine is unknown"],
    ["a missing body", exchangeOf("POST", "/api/v2/users"), "body: is missing"],
    ["a body where none is expected", exchangeOf("GET", "/api/v2/users/me", { requestBody: {} }), "body: none is expected"],
    [
      "an unknown field",
      exchangeOf("PUT", "/api/v2/tickets/1", { requestBody: { ticket: { additional_tags: ["a"] } } }),
      "body: /ticket has the unknown property additional_tags",
    ],
    [
      "a value outside its list",
      exchangeOf("PUT", "/api/v2/tickets/1", { requestBody: { ticket: { status: "done" } } }),
      'body: /ticket/status must be equal to one of the allowed values ["new","open","pending","hold","solved","closed"]',
    ],
    [
      "a read-only field",
      exchangeOf("PUT", "/api/v2/tickets/1", { requestBody: { ticket: { comment: { audit_id: 1 } } } }),
      "body: /ticket/comment/audit_id is readOnly",
    ],
    [
      "another content type",
      exchangeOf("PUT", "/api/v2/tickets/1", { headers: { "content-type": "text/plain" }, body: Buffer.from("x") }),
      "body: content type text/plain instead of application/json",
    ],
    [
      "an unknown field of a form",
      exchangeOf("POST", "/api/query/engage?project_id=1", {
        platform: "mixpanel",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: Buffer.from("query=x"),
      }),
      "body: query is unknown",
    ],
  ])("reports %s", (_, exchange, problem) => {
    expect(check(exchange).request).toEqual([problem]);
  });

  it("accepts a valid request", () => {
    const ticket = { custom_fields: [{ id: 5, value: 12.5 }], comment: { body: "x", public: false } };
    const headers = { ...json, authorization: "Bearer x", traceparent: "00-1-1-01" };
    expect(check(exchangeOf("PUT", "/api/v2/tickets/1.json", { requestBody: { ticket }, headers }))).toEqual({
      operation: "PUT /api/v2/tickets/{ticket_id}",
      request: [],
      response: [],
    });
  });

  it("finds the matching operation among several of one address", () => {
    const person = { $token: "t", $distinct_id: "u" };
    const post = (item: object) =>
      exchangeOf("POST", "/engage?ip=0", { platform: "mixpanel", requestBody: [{ ...person, ...item }] });
    expect(check(post({ $set: { a: 1 } })).operation).toBe("POST /engage#profile-set");
    expect(check(post({ $unset: ["a"] })).operation).toBe("POST /engage#profile-unset");
    expect(check(post({ $unset: "a" })).request).not.toEqual([]);
    expect(check(exchangeOf("GET", "/api/v2/users/me")).operation).toBe("GET /api/v2/users/me");
  });

  it("reports a request outside the specifications", () => {
    for (const exchange of [
      exchangeOf("GET", "/api/v2/nope"),
      exchangeOf("DELETE", "/api/v2/tickets/1"),
      exchangeOf("GET", "/import"),
    ])
      expect(check(exchange).operation).toBeNull();
    expect(check(exchangeOf("POST", "/import")).operation).toBeNull();
  });
});

describe("a response", () => {
  const user = (responseBody: unknown, options: Partial<Exchange> = {}): string[] =>
    check(exchangeOf("GET", "/api/v2/users/me", { responseBody, ...options })).response;

  it("with another form is reported", () => {
    expect(user({ user: { id: 1, name: "Ada" } })).toEqual([]);
    expect(user({ user: { id: "1", name: "Ada" } })).toContain("/user/id must be integer");
    expect(user({ users: [] })).toEqual(["/ has the unknown property users"]);
    expect(user({}, { response: Buffer.from("{") })).toEqual(["is not JSON"]);
    expect(user({}, { responseHeaders: {} })).toEqual(["content type none instead of application/json"]);
  });

  it("may be a refusal in the platform's form and with a documented status", () => {
    expect(user({ error: "Couldn't authenticate you" }, { status: 401 })).toEqual([]);
    expect(user({ message: "no" }, { status: 401 })).not.toEqual([]);
    expect(user({ error: "I am a teapot" }, { status: 418 })).toEqual(["status 418 is unknown to zendesk/support"]);
  });
});
