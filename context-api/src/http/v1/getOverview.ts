import { createRoute } from "@hono/zod-openapi";
import { Overview } from "@sidelight/contracts/overview/overview.ts";
import { getOverview as read } from "../../services/overview/getOverview.ts";
import { watchOverview } from "../../services/overview/watchOverview.ts";
import type { App } from "../env.ts";
import { eventStream, streamHead } from "../eventStream.ts";
import { json, NoQuery, noStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/overview",
  operationId: "getOverview",
  summary: "What an operator has to know, and what to do next",
  description:
    "The first screen of the console: the connections, open problems by cause with the request that retries them, what waits, what panels showed, and the last change of the configuration. It names no customer. Needs the right `events`.",
  tags: ["Operations"],
  security,
  request: { query: NoQuery },
  responses: { 200: json(Overview, "The overview"), ...problems },
});

const streamRoute = createRoute({
  method: "get",
  path: "/v1/overview/stream",
  operationId: "watchOverview",
  summary: "Watch the overview",
  description:
    "Server-sent events: `overview` has the whole overview, first and whenever it changes, once a second at most. While somebody watches, the platforms are probed every four seconds, so that one that fails shows within ten. A comment every 15 seconds keeps the connection open. It ends with the process, with the key or the session, when a new configuration replaces the tenant, and after an hour at the latest. Needs the right `events`.",
  tags: ["Operations"],
  security,
  request: { query: NoQuery },
  responses: {
    200: { description: "The stream", content: { "text/event-stream": { schema: { type: "string" } } } },
    ...problems,
  },
});

export function getOverview(app: App): void {
  app.openapi(route, async (c) => c.json(await read(c.get("service"), {}), 200, noStore));
  app.openapi(streamRoute, (c) => {
    if (c.req.method === "HEAD") return streamHead() as never;
    const abort = new AbortController();
    const overviews = watchOverview(c.get("service"), { signal: abort.signal });
    return eventStream(c, abort, overviews, (overview) => ({ event: "overview", data: overview })) as never;
  });
}
