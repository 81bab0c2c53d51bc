import { createRoute } from "@hono/zod-openapi";
import { ConnectionList } from "@sidelight/contracts/connections/connection.ts";
import { listConnections } from "../../services/connections/listConnections.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, NoQuery, noStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/connections",
  operationId: "getConnections",
  summary: "List the connections with their state, lag and quota",
  description:
    "One item a connection: when it last succeeded, how old its data is, what is left of its quota, its circuit breakers, and its streams. Needs the right `events`.",
  tags: ["Operations"],
  security,
  request: { query: NoQuery },
  responses: { 200: json(ConnectionList, "All connections"), ...problems },
});

export function getConnections(app: App): void {
  app.openapi(route, async (c) => {
    const items = await listConnections(c.get("service"), {});
    return (await pageResponse({ items, nextCursor: null }, noStore)) as never;
  });
}
