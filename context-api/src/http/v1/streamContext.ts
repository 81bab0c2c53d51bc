import { createRoute } from "@hono/zod-openapi";
import { halfJitter } from "@sidelight/platform-kit/backoff.ts";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { LiveChange } from "../../context/liveContext.ts";
import { watchContext } from "../../services/contexts/watchContext.ts";
import type { App } from "../env.ts";
import { ContextOptions, problems, RefParam, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/context/{ref}/stream",
  operationId: "streamContext",
  summary: "Watch one customer",
  description:
    "Server-sent events. `customer` {ref, kind, match, customer} comes first, and again when it changes. `section` {name, section} comes for each section, and again when it changes. `settled` has everything but the sections: it comes once all sections were sent, and again when it changes. A comment every 15 seconds keeps the connection open. `id` counts the events of a stream and `retry` says how long to wait before connecting again. A new stream starts with the whole state. The stream ends with the process, with the key or the session, when a new configuration replaces the tenant, and after an hour at the latest: connect again after the time of the last `retry`.",
  tags: ["Context"],
  security,
  request: { params: RefParam, query: ContextOptions.pick({ sections: true, deadline: true }) },
  responses: {
    200: { description: "The stream", content: { "text/event-stream": { schema: { type: "string" } } } },
    ...problems,
  },
});

/** Proxies must neither store nor buffer it. */
const streamHeaders = { "cache-control": "no-store", "x-accel-buffering": "no" };
const heartbeatMs = 15_000;
/** Pause of a client before it connects again. Streams that end together, as at a restart, come back spread over half of it. */
const reconnectMs = 5_000;
/** The same for a stream that we ended. */
const endedReconnectMs = 10_000;

export function streamContext(app: App): void {
  app.openapi(route, (c) => {
    // HEAD comes here too. Its answer has no body, so that nothing would end the stream.
    if (c.req.method === "HEAD")
      return new Response(null, { headers: { ...streamHeaders, "content-type": "text/event-stream" } }) as never;
    const { deadline, ...options } = c.req.valid("query");
    const abort = new AbortController();
    const changes = watchContext(c.get("service"), {
      ...options,
      ...c.req.valid("param"),
      deadlineMs: deadline,
      panel: c.req.header("x-sidelight-panel"),
      signal: abort.signal,
    });
    const response = streamSSE(c, async (stream) => {
      stream.onAbort(() => abort.abort());
      const heartbeat = setInterval(() => void stream.write(": heartbeat\n\n"), heartbeatMs).unref();
      try {
        let id = 0;
        for await (const change of changes) await send(stream, change, ++id);
        // All streams end together when the process stops: their clients come back spread over a longer time.
        await stream.write(`retry: ${Math.round(halfJitter(endedReconnectMs))}\n\n`);
      } finally {
        clearInterval(heartbeat);
        abort.abort();
      }
    });
    for (const [name, value] of Object.entries(streamHeaders)) response.headers.set(name, value);
    return response as never;
  });
}

async function send(stream: SSEStreamingApi, { kind, data }: LiveChange, id: number): Promise<void> {
  const retry = id === 1 ? { retry: Math.round(halfJitter(reconnectMs)) } : {};
  await stream.writeSSE({ event: kind, data: JSON.stringify(data), id: String(id), ...retry });
}
