import { SidelightError } from "@sidelight/client/error.ts";
import type { LiveChange, StreamEnd } from "@sidelight/panel/session/transport.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createStreamOpener, tokenTiming } from "./stream.ts";

const start = Date.parse("2026-11-21T09:30:00Z");
const fetchMock = vi.fn<typeof fetch>();
const createSession = vi.fn<Parameters<typeof createStreamOpener>[0]["createSession"]>();
let now: number;
let timers: { dueAt: number; run: () => void }[];

beforeEach(() => {
  now = start;
  timers = [];
  fetchMock.mockReset().mockImplementation(async () => events(""));
  vi.stubGlobal("fetch", fetchMock);
  let count = 0;
  createSession.mockReset().mockImplementation(async () => session(`token-${++count}`, now + 600_000));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const session = (token: string, expiresAt: number) => ({
  token,
  expiresAt: new Date(expiresAt).toISOString(),
  stream: "/ignored",
});
const events = (text: string) => new Response(text, { headers: { "content-type": "text/event-stream" } });

function setUp() {
  const clock = {
    now: () => now,
    monotonic: () => now,
    after: (ms: number, run: () => void) => {
      const timer = { dueAt: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((entry) => entry !== timer);
      };
    },
  };
  const direct = { baseUrl: "https://api.example/base/", headers: { "x-sidelight-panel": "zendesk" } };
  const open = createStreamOpener({ createSession }, direct, clock, 412.4);
  const changes: LiveChange[] = [];
  const listener = { opened: vi.fn(), alive: vi.fn(), changed: (change: LiveChange) => changes.push(change) };
  const listen = (ref = "zendesk.ticket:1", signal = new AbortController().signal): Promise<StreamEnd> =>
    open(ref, listener, signal);
  return { listen, changes, listener };
}
const tokens = () =>
  fetchMock.mock.calls.map(([, init]) => (init?.headers as Record<string, string> | undefined)?.["authorization"]);

describe("a stream", () => {
  it("is requested from the API itself, with a token for the ref and without cookies or redirects", async () => {
    await setUp().listen();
    expect(createSession).toHaveBeenCalledExactlyOnceWith("zendesk.ticket:1", expect.anything());
    const [url, init] = fetchMock.mock.calls[0] ?? [];
    expect(url).toBe("https://api.example/base/v1/context/zendesk.ticket%3A1/stream");
    expect(init).toMatchObject({
      headers: { authorization: "Bearer token-1", "x-sidelight-panel": "zendesk;paint=412" },
      credentials: "omit",
      redirect: "error",
    });
  });

  it("reports the first paint once", async () => {
    const { listen } = setUp();
    await listen();
    await listen();
    const panels = fetchMock.mock.calls.map(([, init]) => new Headers(init?.headers).get("x-sidelight-panel"));
    expect(panels).toEqual(["zendesk;paint=412", "zendesk"]);
  });

  it("reports the events that it knows, and every piece as a sign of life", async () => {
    const section = 'event: section\ndata: {"name":"support","section":{"state":"ok"}}\n\n';
    const head = 'event: settled\ndata: {"match":{"state":"resolved"}}\n\n';
    const unknown = ["event: section\ndata: {", "event: settled\ndata: null", "event: weather\ndata: {}", "data: {}"];
    fetchMock.mockImplementation(async () => events(`${section}: heartbeat\n\n${unknown.join("\n\n")}\n\n${head}`));
    const { listen, changes, listener } = setUp();
    expect(await listen()).toEqual({ reason: "ended", retryAfterMs: 0 });
    expect(changes).toEqual([{ name: "support", section: { state: "ok" } }, { head: { match: { state: "resolved" } } }]);
    expect([listener.opened.mock.calls.length, listener.alive.mock.calls.length]).toEqual([1, 1]);
  });

  const problemBody = {
    ...{ code: "overloaded", status: 503, title: "Overloaded", detail: "Too many streams", type: "", requestId: "r" },
  };
  it.each([
    [Response.json(problemBody, { status: 503, headers: { "retry-after": "30" } }), 30_000],
    [new TypeError("Failed to fetch"), 0],
  ])("that was not accepted reports the wait: %s", async (response, retryAfterMs) => {
    fetchMock.mockImplementation(async () => {
      if (response instanceof Error) throw response;
      return response;
    });
    const { listen, changes, listener } = setUp();
    expect(await listen()).toEqual({ reason: "ended", retryAfterMs });
    expect([changes.length, listener.opened.mock.calls.length, listener.alive.mock.calls.length]).toEqual([0, 0, 0]);
  });

  it("ends when it is aborted, and reports nothing more", async () => {
    fetchMock.mockImplementation(async (_, init) => {
      const body = new ReadableStream({
        start(stream) {
          stream.enqueue(new TextEncoder().encode(": heartbeat\n\n"));
          init?.signal?.addEventListener("abort", () => stream.error(init.signal?.reason));
        },
      });
      return new Response(body);
    });
    const controller = new AbortController();
    const { listen, listener } = setUp();
    const streamEnd = listen("zendesk.ticket:1", controller.signal);
    await vi.waitFor(() => expect(listener.alive).toHaveBeenCalled());
    controller.abort();
    expect(await streamEnd).toMatchObject({ reason: "ended" });
    expect(timers).toEqual([]);
  });
});

describe("a token", () => {
  it("is used again for the same ref until it is renewed a minute before its end", async () => {
    const { listen } = setUp();
    await listen();
    now += 540_000 - 1;
    await listen();
    expect(createSession).toHaveBeenCalledTimes(1);
    now += 1;
    await listen();
    expect(tokens()).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
  });

  it("ends its stream when it must be renewed", async () => {
    fetchMock.mockImplementation(async (_, init) => {
      const body = new ReadableStream({
        start: (controller) => init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason)),
      });
      return new Response(body);
    });
    const { listen, listener } = setUp();
    const streamEnd = listen();
    await vi.waitFor(() => expect(listener.opened).toHaveBeenCalled());
    expect(timers.map(({ dueAt }) => dueAt - start)).toEqual([tokenTiming.maxUseMs]);
    for (const { run } of timers) run();
    expect(await streamEnd).toEqual({ reason: "renew", retryAfterMs: 0 });
  });

  it("is used for a minute at least, whatever the browser's clock shows", async () => {
    createSession.mockImplementation(async () => session("early", start - 3_600_000));
    const { listen } = setUp();
    await listen();
    now += tokenTiming.minUseMs - 1;
    await listen();
    expect(createSession).toHaveBeenCalledTimes(1);
  });

  it("is replaced for a different ref, and after a refusal", async () => {
    const { listen } = setUp();
    await listen();
    fetchMock.mockImplementation(async () => new Response(null, { status: 401 }));
    await listen("zendesk.ticket:2");
    await listen("zendesk.ticket:2");
    expect(createSession.mock.calls.map(([ref]) => ref)).toEqual(["zendesk.ticket:1", "zendesk.ticket:2", "zendesk.ticket:2"]);
  });

  it("that the API does not give leaves a wait, and no stream", async () => {
    createSession.mockRejectedValue(new SidelightError("rate_limited", "Too many", { status: 429, retryAfterSeconds: 12 }));
    expect(await setUp().listen()).toEqual({ reason: "ended", retryAfterMs: 12_000 });
    createSession.mockRejectedValue(new SidelightError("not_found", "None", { status: 404 }));
    expect(await setUp().listen()).toEqual({ reason: "ended", retryAfterMs: 0 });
    expect(fetchMock).not.toHaveBeenCalled();
  });
});
