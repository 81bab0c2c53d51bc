import { createRoute } from "@hono/zod-openapi";
import { EventWithTrace } from "@sidelight/contracts/events/event.ts";
import { getEvent as getTracedEvent } from "../../services/events/getEvent.ts";
import type { App } from "../env.ts";
import { IdParam, json, NoQuery, notFound, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/events/{id}",
  operationId: "getEvent",
  summary: "Get one event with its trace",
  description:
    "The trace has the stages received, verified, parsed, appended, matched and projected, the deliveries of the event, and the panels that showed it, each with its time. `context` is the customer's state when the event arrived. This process knows the panels of its last 5,000 answers to them. Needs the right `events`.",
  tags: ["Events"],
  security,
  request: { params: IdParam, query: NoQuery },
  responses: { 200: json(EventWithTrace, "The event"), ...problems, ...notFound },
});

export function getEvent(app: App): void {
  app.openapi(route, async (c) => c.json(await getTracedEvent(c.get("service"), c.req.valid("param")), 200, privateNoStore));
}
