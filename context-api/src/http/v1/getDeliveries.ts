import { createRoute } from "@hono/zod-openapi";
import { type Delivery, DeliveryList } from "@sidelight/contracts/events/delivery.ts";
import type { Deliveries } from "../../deliveries/deliveryQueue.ts";
import type { App } from "../env.ts";
import { readNumber, writeNumber } from "./cursor.ts";
import { requireOperator } from "./requireOperator.ts";
import { json, ListOptions, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/deliveries",
  operationId: "getDeliveries",
  summary: "What was and is to be carried to the platforms, newest first",
  description: "`source` is a target connection, `type` a route, `state` waiting, done, dead, held or withheld.",
  tags: ["Deliveries"],
  security,
  request: { query: ListOptions },
  responses: { 200: json(DeliveryList.clone().openapi("Deliveries"), "A page"), ...problems },
});

export function getDeliveries(app: App): void {
  app.openapi(route, async (c) => {
    requireOperator(c.get("actor"));
    const { limit, cursor, source, type, since, state } = c.req.valid("query");
    const offset = cursor === undefined ? 0 : readNumber(cursor);
    const rows = await c.get("served").deliveries.list({
      limit: limit + 1,
      offset,
      target: source,
      route: type,
      state,
      since: since === undefined ? undefined : Date.parse(since),
    });
    const nextCursor = rows.length > limit ? writeNumber(offset + limit) : null;
    return c.json({ items: rows.slice(0, limit).map(view), nextCursor }, 200, { "cache-control": "no-store" });
  });
}

type Row = Awaited<ReturnType<Deliveries["list"]>>[number];

function view(row: Row): Delivery {
  const { id, route, target, action, cause, message, attempts, ref, config } = row;
  return {
    id,
    eventId: row.event_id,
    route,
    target,
    action,
    state: row.state as Delivery["state"],
    cause,
    message,
    attempts,
    nextAttemptAt: row.state === "waiting" ? new Date(row.next_at).toISOString() : null,
    createdAt: new Date(row.created_at).toISOString(),
    settledAt: row.settled_at === null ? null : new Date(row.settled_at).toISOString(),
    ref,
    config,
  };
}
