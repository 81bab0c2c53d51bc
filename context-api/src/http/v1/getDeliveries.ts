import { createRoute } from "@hono/zod-openapi";
import { Delivery, DeliveryList } from "@sidelight/contracts/events/delivery.ts";
import { listDeliveries } from "../../services/deliveries/listDeliveries.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, noStore, pageOf, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/deliveries",
  operationId: "getDeliveries",
  summary: "List deliveries, newest first",
  description: "`source` is a target connection, `type` is a route. Needs the right `operate`.",
  tags: ["Deliveries"],
  security,
  request: { query: ListOptions.extend({ state: Delivery.shape.state.optional() }) },
  responses: { 200: json(DeliveryList, "A page of deliveries"), ...problems },
});

export function getDeliveries(app: App): void {
  app.openapi(route, async (c) => {
    const { source, type, state, ...page } = c.req.valid("query");
    const input = { ...pageOf(page), target: source, route: type, state };
    return (await pageResponse(await listDeliveries(c.get("service"), input), noStore)) as never;
  });
}
