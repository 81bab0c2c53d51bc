import type { Context } from "@sidelight/contracts/context/context.ts";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";

export interface FixtureStreams {
  app: Hono;
  /** Every session and stream that was requested, in order, as `GET /v1/context/…/stream`. */
  requests: string[];
  /** Sends an event to all open streams. */
  send: (event: "section" | "settled", data: unknown) => void;
  /** Ends all streams and refuses new ones. */
  refuse: () => void;
  clear: () => void;
}

/** A browser opens six connections to one server, so streams of many panels would block their other requests. */
const maxStreams = 2;

/** The API's sessions and streams, for the first panels: each stream starts with the whole answer, then has the events of `send`. */
export function fixtureStreams(answer: (ref: string) => Context | null): FixtureStreams {
  const app = new Hono();
  const requests: string[] = [];
  const openStreams = new Set<{ send: FixtureStreams["send"]; end: () => void }>();
  let isRefusing = false;
  let sessions = 0;

  app.post("/v1/sessions", async (c) => {
    requests.push("POST /v1/sessions");
    if (openStreams.size + sessions >= maxStreams) return c.json({ code: "rate_limited" }, 429, { "retry-after": "3600" });
    sessions += 1;
    const { ref } = await c.req.json<{ ref: string }>();
    const expiresAt = new Date(Date.now() + 600_000).toISOString();
    return c.json({ token: "slp_fixture", expiresAt, stream: `/v1/context/${encodeURIComponent(ref)}/stream` }, 201);
  });
  app.get("/v1/context/:ref/stream", (c) => {
    const ref = c.req.param("ref");
    requests.push(`GET /v1/context/${ref}/stream`);
    const context = answer(ref);
    sessions = Math.max(0, sessions - 1);
    if (isRefusing || !context) return c.json({ code: "overloaded" }, 503);
    return streamSSE(c, async (stream) => {
      const { sections, ...head } = context;
      const write = (event: string, data: unknown) => stream.writeSSE({ event, data: JSON.stringify(data) });
      for (const [name, section] of Object.entries(sections)) await write("section", { name, section });
      await write("settled", head);
      await new Promise<void>((resolve) => {
        const heartbeat = setInterval(() => void stream.write(": heartbeat\n\n"), 15_000);
        const connection = { send: (event: string, data: unknown) => void write(event, data), end: resolve };
        openStreams.add(connection);
        stream.onAbort(() => {
          clearInterval(heartbeat);
          openStreams.delete(connection);
          resolve();
        });
      });
    });
  });

  const endAll = (): void => {
    for (const connection of openStreams) connection.end();
    openStreams.clear();
  };

  return {
    app,
    requests,
    send: (event, data) => {
      for (const connection of openStreams) connection.send(event, data);
    },
    refuse: () => {
      isRefusing = true;
      endAll();
    },
    clear: () => {
      endAll();
      isRefusing = false;
      sessions = 0;
      requests.length = 0;
    },
  };
}
