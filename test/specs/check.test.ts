import { describe, expect, it } from "vitest";
import { check } from "./check.ts";
import type { Exchange } from "./exchange.ts";

const json = { "content-type": "application/json;charset=UTF-8" };
const asked = (method: string, path: string, more: Partial<Exchange> & { sent?: unknown; got?: unknown } = {}): Exchange => {
  const { sent, got = {}, ...rest } = more;
  return {
    platform: "zendesk",
    method,
    path,
    headers: sent === undefined ? {} : json,
    body: Buffer.from(sent === undefined ? "" : JSON.stringify(sent)),
    status: 200,
    answerHeaders: json,
    answer: Buffer.from(JSON.stringify(got)),
    ...rest,
  };
};

describe("a request", () => {
  it.each([
    ["an unknown parameter", asked("GET", "/api/v2/users/me?nope=1"), "query: nope is unknown"],
    ["a parameter twice", asked("GET", "/api/v2/search?query=a&query=b"), "query: query is there twice"],
    ["a missing parameter", asked("GET", "/api/v2/search"), "query: query is missing"],
    [
      "text for a number in the query",
      asked("GET", "/api/v2/satisfaction_ratings?start_time=now"),
      "query: start_time / must be integer",
    ],
    ["text for a number in the path", asked("GET", "/api/v2/tickets/abc"), "path: ticket_id / must be integer"],
    ["an unknown header", asked("GET", "/api/v2/users/me", { headers: { "x-mine": "1" } }), "header: x-mine is unknown"],
    ["a missing body", asked("POST", "/api/v2/users"), "body: is missing"],
    ["a body where there is none", asked("GET", "/api/v2/users/me", { sent: {} }), "body: none is expected"],
    [
      "a made-up field",
      asked("PUT", "/api/v2/tickets/1", { sent: { ticket: { additional_tags: ["a"] } } }),
      "body: /ticket has the unknown property additional_tags",
    ],
    [
      "a value outside its list",
      asked("PUT", "/api/v2/tickets/1", { sent: { ticket: { status: "done" } } }),
      'body: /ticket/status must be equal to one of the allowed values ["new","open","pending","hold","solved","closed"]',
    ],
    [
      "what only the server writes",
      asked("PUT", "/api/v2/tickets/1", { sent: { ticket: { comment: { audit_id: 1 } } } }),
      "body: /ticket/comment/audit_id is readOnly",
    ],
    [
      "another content type",
      asked("PUT", "/api/v2/tickets/1", { headers: { "content-type": "text/plain" }, body: Buffer.from("x") }),
      "body: content type text/plain instead of application/json",
    ],
    [
      "a made-up field of a form",
      asked("POST", "/api/query/engage?project_id=1", {
        platform: "mixpanel",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: Buffer.from("query=x"),
      }),
      "body: query is unknown",
    ],
  ])("with %s is found out", (_, exchange, problem) => {
    expect(check(exchange).request).toEqual([problem]);
  });

  it("that is right passes", () => {
    const ticket = { custom_fields: [{ id: 5, value: 12.5 }], comment: { body: "x", public: false } };
    const headers = { ...json, authorization: "Bearer x", traceparent: "00-1-1-01" };
    expect(check(asked("PUT", "/api/v2/tickets/1.json", { sent: { ticket }, headers }))).toEqual({
      operation: "PUT /api/v2/tickets/{ticket_id}",
      request: [],
      answer: [],
    });
  });

  it("belongs to the operation that it fits, where one address has several", () => {
    const person = { $token: "t", $distinct_id: "u" };
    const post = (item: object) => asked("POST", "/engage?ip=0", { platform: "mixpanel", sent: [{ ...person, ...item }] });
    expect(check(post({ $set: { a: 1 } })).operation).toBe("POST /engage#profile-set");
    expect(check(post({ $unset: ["a"] })).operation).toBe("POST /engage#profile-unset");
    expect(check(post({ $unset: "a" })).request).not.toEqual([]);
    expect(check(asked("GET", "/api/v2/users/me")).operation).toBe("GET /api/v2/users/me");
  });

  it("of no specification says so", () => {
    for (const exchange of [asked("GET", "/api/v2/nope"), asked("DELETE", "/api/v2/tickets/1"), asked("GET", "/import")])
      expect(check(exchange).operation).toBeNull();
    expect(check(asked("POST", "/import")).operation).toBeNull();
  });
});

describe("an answer", () => {
  const user = (got: unknown, more: Partial<Exchange> = {}): string[] =>
    check(asked("GET", "/api/v2/users/me", { got, ...more })).answer;

  it("may not have another form", () => {
    expect(user({ user: { id: 1, name: "Ada" } })).toEqual([]);
    expect(user({ user: { id: "1", name: "Ada" } })).toContain("/user/id must be integer");
    expect(user({ users: [] })).toEqual(["/ has the unknown property users"]);
    expect(user({}, { answer: Buffer.from("{") })).toEqual(["is no JSON"]);
    expect(user({}, { answerHeaders: {} })).toEqual(["content type none instead of application/json"]);
  });

  it("may be a refusal in the platform's form, of a status it has", () => {
    expect(user({ error: "Couldn't authenticate you" }, { status: 401 })).toEqual([]);
    expect(user({ message: "no" }, { status: 401 })).not.toEqual([]);
    expect(user({ error: "I am a teapot" }, { status: 418 })).toEqual(["status 418 is unknown to zendesk/support"]);
  });
});
