import { createRoute, z } from "@hono/zod-openapi";
import { EventWithStory } from "@sidelight/contracts/events/event.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { findEvent } from "../../log/listEvents.ts";
import { eventStory } from "../../services/events/eventViews.ts";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { json, notFound, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/events/{id}",
  operationId: "getEvent",
  summary: "The story of one event",
  description:
    "Received, authenticated, parsed, appended, matched, projected, and seen by which panels, with times. `context` is what was known of the customer when it came. Panels are remembered by this process, for its last 5,000 answers to them.",
  tags: ["Events"],
  security,
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: { 200: json(EventWithStory.clone().openapi("Event"), "The event"), ...problems, ...notFound },
});

export function getEvent(app: App): void {
  app.openapi(route, async (c) => {
    const { tenant, sightings } = c.get("served");
    const event = await findEvent(tenant.log, c.req.valid("param").id);
    if (!event) throw new ProblemError("not_found", "There is no such event.");
    const story = await eventStory(tenant, sightings, event);
    const shown = c.get("actor").rights.pii ? story : maskDeep(story).value;
    return c.json(shown, 200, { "cache-control": "private, no-store", vary: "authorization" });
  });
}
