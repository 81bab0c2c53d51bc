import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { describe, expect, it } from "vitest";
import { answerFrom } from "../zaf/answer.ts";
import type { Host, HostRequest } from "../zaf/host.ts";
import { createApi } from "./api.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const context = fixtures.rich(now);

function api(...answers: unknown[]) {
  const sent: HostRequest[] = [];
  const host = {
    request: async (request: HostRequest) => {
      sent.push(request);
      const value = answers.shift();
      return value === "timeout" ? ({ kind: "timeout" } as const) : answerFrom(value);
    },
  } as unknown as Host;
  return { sent, api: createApi(host, "https://api.example/", () => now) };
}
const response = (status: number, body: unknown, responseHeaders: unknown = {}) => ({
  status,
  responseJSON: body,
  responseHeaders,
});
const ticket = { kind: "ref", ref: "zendesk.ticket:5158", ticketId: "5158" } as const;

describe("what is asked", () => {
  it("names the ref in the path and the key only by its placeholder", async () => {
    const { api: ours, sent } = api(response(200, context, { "X-Request-Id": "req-7" }));
    expect(await ours.load(ticket, { sections: ["product"], serverDeadlineMs: 7000 })).toMatchObject({
      ok: true,
      requestId: "req-7",
    });
    expect(sent[0]).toMatchObject({
      method: "GET",
      url: "https://api.example/v1/context/zendesk.ticket%3A5158?sections=product&deadline=7000",
      headers: { Authorization: "Bearer {{setting.api_key}}", "x-sidelight-panel": "zendesk" },
      deadlineMs: 13_000,
    });
  });

  it("keeps an address out of the URL", async () => {
    const { api: ours, sent } = api(response(200, { items: [context] }));
    expect(await ours.load({ kind: "email", email: "ada@lovelace.example", ticketId: null })).toMatchObject({ ok: true });
    expect(sent[0]).toMatchObject({
      method: "POST",
      url: "https://api.example/v1/contexts",
      body: { refs: ["email:ada@lovelace.example"] },
    });
  });

  it("refreshes by POST, and reads on when the answer only accepts", async () => {
    const { api: ours, sent } = api(response(202, { accepted: true }), response(200, context));
    expect(await ours.refresh("zendesk.ticket:5158")).toMatchObject({ ok: true });
    expect(sent.map(({ method, url }) => `${method} ${url.slice(19)}`)).toEqual([
      "POST /v1/context/zendesk.ticket%3A5158/refresh",
      "GET /v1/context/zendesk.ticket%3A5158",
    ]);
  });
});

describe("what comes back", () => {
  it.each([
    [response(403, { code: "forbidden", requestId: "r" }), { code: "forbidden", requestId: "r", retryAt: null }],
    [
      response(429, { code: "rate_limited", requestId: "r" }, "Retry-After: 12\r\nX-Y: z"),
      { code: "rate_limited", requestId: "r", retryAt: now + 12_000 },
    ],
    [response(429, null), { code: "rate_limited", requestId: null, retryAt: now + 30_000 }],
    [
      { status: 502, responseText: "<html>", statusText: "Bad Gateway" },
      { code: "network", requestId: null, retryAt: null },
    ],
    [
      { status: 0, statusText: "error" },
      { code: "network", requestId: null, retryAt: null },
    ],
    [new Error("gone"), { code: "network", requestId: null, retryAt: null }],
    ["timeout", { code: "timeout", requestId: null, retryAt: null }],
    [response(200, { unexpected: true }), { code: "internal", requestId: null, retryAt: null }],
  ])("%o", async (answer, problem) => {
    expect(await api(answer).api.load(ticket)).toEqual({ ok: false, problem, setup: null });
  });

  it("takes a refused key for an installation to repair", async () => {
    expect(await api(response(401, { code: "unauthenticated" })).api.load(ticket)).toMatchObject({
      setup: "credentials_refused",
    });
  });

  it("reads a problem that stands in a list", async () => {
    const problem = { code: "invalid_ref", status: 400, requestId: "r" };
    const answer = await api(response(200, { items: [problem] })).api.load({ kind: "email", email: "x", ticketId: null });
    expect(answer).toMatchObject({ ok: false, problem: { code: "invalid_ref", requestId: "r" } });
  });

  it("takes the bare body of a host that ignores httpCompleteResponse", async () => {
    expect(await api({ ...context }).api.load(ticket)).toMatchObject({ ok: true, requestId: null });
  });
});
