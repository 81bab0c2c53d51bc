import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answerFrom } from "../zaf/answer.ts";
import type { Host, HostRequest } from "../zaf/host.ts";
import type { LiveChange } from "./context.ts";
import { createLiveApi, type Pass } from "./stream.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const pass: Pass = { token: "slp_acme.x", stream: "/v1/context/zendesk.ticket%3A1/stream", expiresAt: now };
const fetched = vi.fn<typeof fetch>();

beforeEach(() => {
  fetched.mockReset();
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function api(value?: unknown) {
  const sent: HostRequest[] = [];
  const host = {
    request: async (request: HostRequest) => {
      sent.push(request);
      return answerFrom(value);
    },
  } as unknown as Host;
  return { sent, api: createLiveApi(host, "https://api.example/base/") };
}

async function listen(response: Response | Error) {
  fetched.mockImplementation(async () => {
    if (response instanceof Error) throw response;
    return response;
  });
  const changes: LiveChange[] = [];
  const [opened, heard] = [vi.fn(), vi.fn()];
  const listener = { opened, heard, changed: (change: LiveChange) => changes.push(change) };
  const end = await api().api.listen(pass, listener, new AbortController().signal);
  return { end, changes, opened: opened.mock.calls.length, heard: heard.mock.calls.length };
}
const events = (text: string) => new Response(text, { headers: { "content-type": "text/event-stream" } });

describe("a pass", () => {
  const answer = (status: number, body: unknown, responseHeaders = {}) => ({ status, responseJSON: body, responseHeaders });

  it("is asked for through the proxy, which puts the key in", async () => {
    const body = { token: pass.token, stream: pass.stream, expiresAt: new Date(now).toISOString() };
    const { api: ours, sent } = api(answer(201, body));
    expect(await ours.pass("zendesk.ticket:1")).toEqual(pass);
    expect(sent).toMatchObject([
      {
        method: "POST",
        url: "https://api.example/base/v1/sessions",
        headers: { Authorization: "Bearer {{setting.api_key}}" },
        body: { ref: "zendesk.ticket:1" },
      },
    ]);
  });

  it.each([
    [answer(429, { code: "rate_limited" }, { "retry-after": "12" }), 12_000],
    [answer(404, { code: "not_found" }), 0],
    [answer(201, { token: "x", stream: "//elsewhere.example/", expiresAt: "2026-11-21T09:30:00Z" }), 0],
    [answer(201, { token: "x", stream: "https://elsewhere.example/", expiresAt: "2026-11-21T09:30:00Z" }), 0],
    [{ status: 0 }, 0],
  ])("%o gives none", async (value, wait) => {
    expect(await api(value).api.pass("zendesk.ticket:1")).toBe(wait);
  });
});

describe("a stream", () => {
  it("is asked for at the API itself, with the pass and without cookies", async () => {
    await listen(events(""));
    const [url, init] = fetched.mock.calls[0]!;
    expect(url).toBe("https://api.example/base/v1/context/zendesk.ticket%3A1/stream");
    expect(init).toMatchObject({
      headers: { Authorization: "Bearer slp_acme.x", "x-sidelight-panel": "zendesk" },
      credentials: "omit",
      redirect: "error",
    });
  });

  it("tells what it understands", async () => {
    const section = 'event: section\ndata: {"name":"support","section":{"state":"ok"}}\n\n';
    const head = 'event: settled\ndata: {"match":{"state":"resolved"}}\n\n';
    const others = [
      "event: section\ndata: {",
      'event: section\ndata: {"name":"weather","section":{}}',
      "event: settled\ndata: null",
      "data: {}",
    ];
    const { changes, end, opened, heard } = await listen(events(`${section}: still here\n\n${others.join("\n\n")}\n\n${head}`));
    expect(changes).toEqual([{ name: "support", section: { state: "ok" } }, { head: { match: { state: "resolved" } } }]);
    expect([end.why, opened, heard]).toEqual(["ended", 1, 1]);
  });

  it.each([
    [new Response(null, { status: 401 }), { why: "refused", retryAfterMs: 0 }],
    [new Response(null, { status: 503, headers: { "retry-after": "30" } }), { why: "failed", retryAfterMs: 30_000 }],
    [new TypeError("Failed to fetch"), { why: "failed", retryAfterMs: 0 }],
  ])("%o is none", async (response, end) => {
    expect(await listen(response)).toEqual({ end, changes: [], opened: 0, heard: 0 });
  });
});
