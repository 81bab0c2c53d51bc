import { createRoute, z } from "@hono/zod-openapi";
import { Delivery, DeliveryDetail, DeliveryList } from "@sidelight/contracts/events/delivery.ts";
import { getDelivery } from "../../services/deliveries/getDelivery.ts";
import { listDeliveries } from "../../services/deliveries/listDeliveries.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { IdParam, json, ListOptions, NoQuery, noStore, notFound, pageOf, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/deliveries",
  operationId: "getDeliveries",
  summary: "List deliveries, newest first",
  description: "`source` is a target connection, `type` is a route. Needs the right `operate`.",
  tags: ["Deliveries"],
  security,
  request: {
    query: ListOptions.extend({
      state: Delivery.shape.state.optional(),
      cause: z.string().min(1).max(40).optional().openapi({ description: "Why the last attempt failed: rejected" }),
    }),
  },
  responses: { 200: json(DeliveryList, "A page of deliveries"), ...problems },
});

const detailRoute = createRoute({
  method: "get",
  path: "/v1/deliveries/{id}",
  operationId: "getDelivery",
  summary: "One delivery, with the customers that it may be a duplicate of",
  description:
    "A delivery with the cause `possible_duplicate` would create a record that may exist already. Link the customers or dismiss the candidate, and the delivery is tried again at once; or retry it with `create=true`. Needs the right `operate`.",
  tags: ["Deliveries"],
  security,
  request: { params: IdParam, query: NoQuery },
  responses: { 200: json(DeliveryDetail, "The delivery"), ...problems, ...notFound },
});

export function getDeliveries(app: App): void {
  app.openapi(route, async (c) => {
    const { source, type, state, cause, ...page } = c.req.valid("query");
    const input = { ...pageOf(page), target: source, route: type, state, cause };
    return (await pageResponse(await listDeliveries(c.get("service"), input), noStore)) as never;
  });
  app.openapi(detailRoute, async (c) => c.json(await getDelivery(c.get("service"), c.req.valid("param")), 200, privateNoStore));
}
