import { createRoute } from "@hono/zod-openapi";
import { watchContext } from "../../services/contexts/watchContext.ts";
import type { App } from "../env.ts";
import { eventStream, streamHead } from "../eventStream.ts";
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

export function streamContext(app: App): void {
  app.openapi(route, (c) => {
    if (c.req.method === "HEAD") return streamHead() as never;
    const { deadline, ...options } = c.req.valid("query");
    const abort = new AbortController();
    const changes = watchContext(c.get("service"), {
      ...options,
      ...c.req.valid("param"),
      deadlineMs: deadline,
      panel: c.req.header("x-sidelight-panel"),
      signal: abort.signal,
    });
    return eventStream(c, abort, changes, ({ kind, data }) => ({ event: kind, data })) as never;
  });
}
