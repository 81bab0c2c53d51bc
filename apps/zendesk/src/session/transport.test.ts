import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { failedAnswer } from "@sidelight/panel/session/transport.ts";
import { describe, expect, it, vi } from "vitest";
import { answerFrom } from "../zaf/answer.ts";
import type { Host, HostRequest } from "../zaf/host.ts";
import { testHost } from "../zaf/testHost.ts";
import { createZafTransport } from "./transport.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const context = fixtures.rich(now);
const subject = { key: "zendesk.ticket:5158", ref: "zendesk.ticket:5158", ticketId: "5158" };
const byAddress = { key: "email:ada@lovelace.example", ref: "email:ada@lovelace.example", ticketId: null };
const request = { subject, candidate: null, customerId: null, etag: null };
const { signal } = new AbortController();

/** A transport over a host whose requests settle with these values, in order. */
const clock = { now: () => now, monotonic: () => now, after: () => () => {} };

function setUp(...values: unknown[]) {
  const { host, requests } = testHost(...values);
  return { requests, transport: createZafTransport(host, "https://api.example/", null, { clock }) };
}
const response = (status: number, body: unknown, responseHeaders: unknown = {}) => ({
  status,
  responseJSON: body,
  responseHeaders,
});
const problem = (code: string, status: number) => ({ code, status, title: code, detail: code, type: "", requestId: "r" });

describe("a request", () => {
  it("has the ref in its path, and a placeholder for the key", async () => {
    const { transport, requests } = setUp(response(200, context, { "X-Request-Id": "req-7" }));
    const result = await transport.getSections({ ...request, sections: ["product"] }, signal);
    expect(result).toMatchObject({ kind: "context", context: { ref: context.ref }, requestId: "req-7" });
    expect(requests[0]).toMatchObject({
      method: "GET",
      url: "https://api.example/v1/context/zendesk.ticket%3A5158?sections=product&deadline=7000",
      headers: { authorization: "Bearer {{setting.api_key}}", "x-sidelight-panel": "zendesk" },
    });
  });

  it("has an email address in its body instead of its URL", async () => {
    const { transport, requests } = setUp(response(200, { items: [context] }));
    expect(await transport.getContext({ ...request, subject: byAddress }, signal)).toMatchObject({ kind: "context" });
    expect(requests[0]).toMatchObject({ method: "POST", url: "https://api.example/v1/contexts" });
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ refs: ["email:ada@lovelace.example"] });
  });

  it("names the place and the reader of the moment, also in the body of a look-up", async () => {
    const requests: HostRequest[] = [];
    const host = {
      request: async (hostRequest: HostRequest) => {
        requests.push(hostRequest);
        return answerFrom(response(200, requests.length === 2 ? { items: [context] } : context));
      },
    } as unknown as Host;
    let locale = "en-US";
    const reader = () => ({ locale, teams: ["Billing", "Tier 2"] });
    const transport = createZafTransport(host, "https://api.example", null, { place: "new_ticket_sidebar", reader });
    await transport.getContext(request, signal);
    locale = "de";
    await transport.getContext({ ...request, subject: byAddress }, signal);
    expect(requests[0]?.url).toMatch(/\?place=new_ticket_sidebar&team=Billing(%7C|\|)Tier(\+|%20)2&locale=en-US$/);
    expect(JSON.parse(requests[1]?.body ?? "")).toMatchObject({
      place: "new_ticket_sidebar",
      team: "Billing|Tier 2",
      locale: "de",
    });
    // Sections are read again without a layout, which would be the same.
    await transport.getSections({ ...request, sections: ["product"] }, signal);
    expect(requests[2]?.url).not.toContain("place=");
  });

  it("is about the candidate that was chosen", async () => {
    const { transport, requests } = setUp(response(200, context));
    await transport.getContext({ ...request, subject: byAddress, candidate: "person:b2" }, signal);
    expect(requests[0]?.url).toBe("https://api.example/v1/context/person%3Ab2");
  });
});

describe("a refresh", () => {
  const calls = (requests: HostRequest[]) =>
    requests.map(({ method, url }) => `${method} ${url.slice("https://api.example".length)}`);

  it("is a POST, followed by a read when the API only accepts it", async () => {
    const { transport, requests } = setUp(response(202, { accepted: true }), response(200, context));
    expect(await transport.refresh(request, signal)).toMatchObject({ kind: "context", context: { ref: context.ref } });
    expect(calls(requests)).toEqual(["POST /v1/context/zendesk.ticket%3A5158/refresh", "GET /v1/context/zendesk.ticket%3A5158"]);
  });

  it("of a requester known by address uses the customer's id, and is a read without one", async () => {
    const { transport, requests } = setUp(response(200, context), response(200, { items: [context] }));
    await transport.refresh({ ...request, subject: byAddress, customerId: "person:a1" }, signal);
    await transport.refresh({ ...request, subject: byAddress }, signal);
    expect(calls(requests)).toEqual(["POST /v1/context/person%3Aa1/refresh", "POST /v1/contexts"]);
  });
});

describe("an answer", () => {
  const failureOf = (answer: Partial<Parameters<typeof failedAnswer>[0]>) =>
    failedAnswer({ status: 0, code: null, requestId: null, retryAfterSeconds: null, ...answer }, clock);

  it.each([
    ["of the API", response(403, problem("forbidden", 403)), failureOf({ code: "forbidden", requestId: "r" })],
    [
      "with Retry-After in header lines",
      response(429, problem("rate_limited", 429), "Retry-After: 12\r\nX-Y: z"),
      failureOf({ code: "rate_limited", requestId: "r", retryAfterSeconds: 12 }),
    ],
    ["of a proxy, rate limited", response(429, null), failureOf({ status: 429 })],
    ["of a proxy, as a page", { status: 502, responseText: "<html>", statusText: "Bad Gateway" }, failureOf({ code: "network" })],
    ["with status 0", { status: 0, statusText: "error" }, failureOf({ code: "network" })],
    ["that never arrived", new Error("gone"), failureOf({ code: "network" })],
  ])("that is an error %s", async (_, value, result) => {
    expect(await setUp(value).transport.getContext(request, signal)).toEqual(result);
  });

  it("of a refused key is a matter of setup", async () => {
    const { transport } = setUp(response(401, problem("unauthenticated", 401)));
    expect(await transport.getContext(request, signal)).toMatchObject({ kind: "failed", setup: "credentials_refused" });
  });

  it("may be a problem in a list", async () => {
    const { transport } = setUp(response(200, { items: [problem("invalid_ref", 400)] }));
    const result = await transport.getContext({ ...request, subject: byAddress }, signal);
    expect(result).toMatchObject({ kind: "failed", problem: { code: "invalid_ref", requestId: "r" } });
  });

  it("may be the bare body, from a host that ignores httpCompleteResponse", async () => {
    const { transport } = setUp({ ...context });
    expect(await transport.getContext(request, signal)).toMatchObject({ kind: "context", requestId: null });
  });

  it("is not awaited any longer when the session aborts the call", async () => {
    const host = { request: () => new Promise(() => {}) } as unknown as Host;
    const controller = new AbortController();
    const call = createZafTransport(host, "https://api.example/").getContext(request, controller.signal);
    controller.abort(new Error("another requester"));
    await expect(call).rejects.toThrow("another requester");
  });
});

describe("the stream", () => {
  it("does not exist for a requester known by address alone", () => {
    const { transport } = setUp();
    const listener = { opened: () => {}, alive: () => {}, changed: () => {} };
    expect(transport.stream?.({ ...request, subject: byAddress }, listener, signal)).toBeNull();
  });
});

describe("with the session of a person", () => {
  const page = (status: number) => ({
    ...{ apiUrl: "https://api.example", token: async () => null },
    fetch: vi.fn(async () => Response.json(status === 200 ? context : problem("unauthenticated", status), { status })),
  });
  const host = { request: () => Promise.reject(new Error("the proxy is not used")) } as unknown as Host;

  it("a request goes to the API itself", async () => {
    const session = page(200);
    const transport = createZafTransport(host, "https://api.example", session, { clock });
    expect(await transport.getContext(request, signal)).toMatchObject({ kind: "context" });
    expect(session.fetch).toHaveBeenCalledOnce();
  });

  it("a refusal is the end of the session, and no matter of setup", async () => {
    const transport = createZafTransport(host, "https://api.example", page(401), { clock });
    expect(await transport.getContext(request, signal)).toMatchObject({
      kind: "failed",
      problem: { code: "unauthenticated" },
      setup: null,
    });
  });
});
