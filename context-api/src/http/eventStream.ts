import { halfJitter } from "@sidelight/platform-kit/backoff.ts";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Env } from "./env.ts";

/** Proxies must neither store nor buffer it. */
const streamHeaders = { "cache-control": "no-store", "x-accel-buffering": "no" };
const heartbeatMs = 15_000;
/** Pause of a client before it connects again. Streams that end together, as at a restart, come back spread over half of it. */
const reconnectMs = 5_000;
/** The same for a stream that we ended. */
const endedReconnectMs = 10_000;

/** The answer to HEAD. It has no body, so that nothing would end a stream. */
export const streamHead = (): Response =>
  new Response(null, { headers: { ...streamHeaders, "content-type": "text/event-stream" } });

/** Sends each change as an event, with a heartbeat, until the changes end. @param abort ends the changes when the client leaves */
export function eventStream<T>(
  c: Context<Env>,
  abort: AbortController,
  changes: AsyncIterable<T>,
  eventOf: (change: T) => { event: string; data: unknown },
): Response {
  const response = streamSSE(c, async (stream) => {
    stream.onAbort(() => abort.abort());
    const heartbeat = setInterval(() => void stream.write(": heartbeat\n\n"), heartbeatMs).unref();
    try {
      let id = 0;
      for await (const change of changes) {
        const { event, data } = eventOf(change);
        const retry = id === 0 ? { retry: Math.round(halfJitter(reconnectMs)) } : {};
        await stream.writeSSE({ event, data: JSON.stringify(data), id: String(++id), ...retry });
      }
      // All streams end together when the process stops: their clients come back spread over a longer time.
      await stream.write(`retry: ${Math.round(halfJitter(endedReconnectMs))}\n\n`);
    } finally {
      clearInterval(heartbeat);
      abort.abort();
    }
  });
  for (const [name, header] of Object.entries(streamHeaders)) response.headers.set(name, header);
  return response;
}
