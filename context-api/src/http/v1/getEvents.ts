import { createRoute, z } from "@hono/zod-openapi";
import { EventList } from "@sidelight/contracts/events/event.ts";
import { listEvents } from "../../services/events/listEvents.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, pageOf, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/events",
  operationId: "getEvents",
  summary: "List the events of the log, newest first",
  description:
    "`type` is a whole event type: zendesk.ticket.created. Personal values are masked by role. Needs the right `events`.",
  tags: ["Events"],
  security,
  request: {
    query: ListOptions.extend({
      sourceEventId: z.string().min(1).max(400).optional().openapi({ description: "The platform's own id of the event" }),
    }),
  },
  responses: { 200: json(EventList, "A page of events"), ...problems },
});

export function getEvents(app: App): void {
  app.openapi(route, async (c) => {
    const { source, type, sourceEventId, ...page } = c.req.valid("query");
    const input = { ...pageOf(page), platform: source, type, sourceEventId };
    return (await pageResponse(await listEvents(c.get("service"), input), privateNoStore)) as never;
  });
}
