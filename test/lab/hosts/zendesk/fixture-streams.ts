import type { Context } from "@sidelight/contracts/context/context.ts";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";

export interface FixtureStreams {
  app: Hono;
  /** Every pass asked for and every stream opened, in order, as `GET /v1/context/…/stream`. */
  requests: string[];
  /** Tells all open streams. */
  tell: (event: "section" | "settled", data: unknown) => void;
  /** From now on streams are refused, and those that are open end. */
  refuse: () => void;
  clear: () => void;
}

/** A browser holds six connections to one server: a page full of panels would have none left to load with. */
const most = 2;

/** The API's sessions and streams, for the first few panels that ask: each begins with the whole answer, then says what it is told to. */
export function fixtureStreams(answer: (ref: string) => Context | null): FixtureStreams {
  const app = new Hono();
  const requests: string[] = [];
  const open = new Set<{ tell: FixtureStreams["tell"]; end: () => void }>();
  let refused = false;
  let passes = 0;

  app.post("/v1/sessions", async (c) => {
    requests.push("POST /v1/sessions");
    if (open.size + passes >= most) return c.json({ code: "rate_limited" }, 429, { "retry-after": "3600" });
    passes += 1;
    const { ref } = await c.req.json<{ ref: string }>();
    const expiresAt = new Date(Date.now() + 600_000).toISOString();
    return c.json({ token: "slp_fixture", expiresAt, stream: `/v1/context/${encodeURIComponent(ref)}/stream` }, 201);
  });
  app.get("/v1/context/:ref/stream", (c) => {
    const ref = c.req.param("ref");
    requests.push(`GET /v1/context/${ref}/stream`);
    const whole = answer(ref);
    passes = Math.max(0, passes - 1);
    if (refused || !whole) return c.json({ code: "overloaded" }, 503);
    return streamSSE(c, async (stream) => {
      const { sections, ...head } = whole;
      const write = (event: string, data: unknown) => stream.writeSSE({ event, data: JSON.stringify(data) });
      for (const [name, section] of Object.entries(sections)) await write("section", { name, section });
      await write("settled", head);
      await new Promise<void>((resolve) => {
        const alive = setInterval(() => void stream.write(": still here\n\n"), 15_000);
        const own = { tell: (event: string, data: unknown) => void write(event, data), end: resolve };
        open.add(own);
        stream.onAbort(() => {
          clearInterval(alive);
          open.delete(own);
          resolve();
        });
      });
    });
  });

  const endAll = (): void => {
    for (const each of open) each.end();
    open.clear();
  };

  return {
    app,
    requests,
    tell: (event, data) => {
      for (const each of open) each.tell(event, data);
    },
    refuse: () => {
      refused = true;
      endAll();
    },
    clear: () => {
      endAll();
      refused = false;
      passes = 0;
      requests.length = 0;
    },
  };
}
