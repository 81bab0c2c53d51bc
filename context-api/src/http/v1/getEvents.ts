import { createRoute } from "@hono/zod-openapi";
import { EventList } from "@sidelight/contracts/events/event.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { listEvents } from "../../log/listEvents.ts";
import { eventViews } from "../../services/events/eventViews.ts";
import type { App } from "../env.ts";
import { readNumber, writeNumber } from "./cursor.ts";
import { json, ListOptions, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/events",
  operationId: "getEvents",
  summary: "The log: what happened, newest first",
  description: "`type` is an event's whole type: zendesk.ticket.created. Masked as an answer is for the key's role.",
  tags: ["Events"],
  security,
  request: { query: ListOptions.omit({ state: true }) },
  responses: { 200: json(EventList.clone().openapi("Events"), "A page"), ...problems },
});

export function getEvents(app: App): void {
  app.openapi(route, async (c) => {
    const { tenant } = c.get("served");
    const { limit, cursor, source, type, since } = c.req.valid("query");
    const events = await listEvents(tenant.log, {
      limit: limit + 1,
      before: cursor === undefined ? null : readNumber(cursor),
      platform: source,
      type,
      since: since === undefined ? undefined : Date.parse(since),
    });
    const page = events.slice(0, limit);
    const items = await eventViews(tenant, page);
    const nextCursor = events.length > limit ? writeNumber(page.at(-1)!.sequence) : null;
    const shown = c.get("actor").rights.pii ? items : maskDeep(items).value;
    return c.json({ items: shown, nextCursor }, 200, { "cache-control": "private, no-store", vary: "authorization" });
  });
}
