import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { trustAnswers } from "./answers.ts";
import { SidelightError } from "./error.ts";
import { type ContextChange, streamContext } from "./stream.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const section = 'event: section\ndata: {"name":"support","section":{"state":"ok"}}\n\n';
const settledEvent = 'id: 7\nevent: settled\ndata: {"ref":"zendesk.ticket:1"}\n\n';

/** Opens one response after another; the last one again and again. */
function sender(...responses: (() => Response)[]) {
  const paths: string[] = [];
  return {
    paths,
    check: trustAnswers,
    open: async (path: string) => {
      const next = responses[Math.min(paths.length, responses.length - 1)];
      paths.push(path);
      if (!next) throw new Error("no response");
      return next();
    },
  };
}
const body = (text: string) => () => new Response(text, { headers: { "content-type": "text/event-stream" } });
const refusalOf = (code: "forbidden" | "overloaded") => () => {
  throw new SidelightError(code, "refused", { status: code === "forbidden" ? 403 : 503 });
};

async function take(stream: AsyncGenerator<ContextChange>, count: number): Promise<ContextChange[]> {
  const changes: ContextChange[] = [];
  while (changes.length < count) {
    const [{ value, done }] = await Promise.all([stream.next(), vi.advanceTimersByTimeAsync(60_000)]);
    if (done) break;
    changes.push(value);
  }
  return changes;
}

describe("a context stream", () => {
  it("yields sections and the rest, and skips comments and unknown events", async () => {
    const text = `retry: 5000\n\n: still here\n\n${section}event: later\ndata: {}\n\nevent: section\ndata: {not json\n\n${settledEvent}`;
    const changes = await take(streamContext(sender(body(text)), "zendesk.ticket:1", { reconnect: false }), 9);
    expect(changes).toEqual([
      { kind: "section", name: "support", section: { state: "ok" } },
      { kind: "settled", context: { ref: "zendesk.ticket:1" } },
    ]);
  });

  it("asks for the ref, the sections and the deadline", async () => {
    const net = sender(body(settledEvent));
    await take(streamContext(net, "zendesk.ticket:1", { reconnect: false }), 1);
    expect(net.paths).toEqual(["/v1/context/zendesk.ticket%3A1/stream"]);
  });

  it("opens again when it ends or the API is overloaded", async () => {
    const net = sender(body(section), refusalOf("overloaded"), body(settledEvent));
    const changes = await take(streamContext(net, "zendesk.ticket:1"), 2);
    expect(changes.map(({ kind }) => kind)).toEqual(["section", "settled"]);
    expect(net.paths).toHaveLength(3);
  });

  it("waits as long as Retry-After says, also beyond its own limit, and only once", async () => {
    const overloadedAnswer = () => {
      throw new SidelightError("rate_limited", "refused", { status: 429, retryAfterSeconds: 50 });
    };
    const net = sender(overloadedAnswer, body(section), body(settledEvent));
    const stream = streamContext(net, "zendesk.ticket:1");
    const first = stream.next();
    await vi.advanceTimersByTimeAsync(49_999);
    expect(net.paths).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await first).value).toMatchObject({ kind: "section" });
    const second = stream.next();
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await second).value).toMatchObject({ kind: "settled" });
    await stream.return(undefined);
  });

  it("throws when the API refuses it for good", async () => {
    await expect(take(streamContext(sender(refusalOf("forbidden")), "zendesk.ticket:1"), 1)).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("ends when the signal is aborted, also during the pause before the next attempt", async () => {
    const stop = new AbortController();
    const stream = streamContext(sender(body(section)), "zendesk.ticket:1", { signal: stop.signal });
    await take(stream, 1);
    const next = stream.next();
    stop.abort();
    expect((await next).done).toBe(true);
  });
});
