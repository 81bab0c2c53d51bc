import { createRoute, z } from "@hono/zod-openapi";
import { RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import { retryDeliveries as retryMatching } from "../../services/deliveries/retryDeliveries.ts";
import { retryDelivery } from "../../services/deliveries/retryDelivery.ts";
import type { App } from "../env.ts";
import { IdParam, json, NoQuery, noStore, notFound, problem, problems, security } from "./shared.ts";

const routeDefaults = { method: "post" as const, tags: ["Deliveries"], security };
const RetryFilter = z
  .strictObject({
    source: z.string().max(60).optional().openapi({ description: "Id of the target connection" }),
    type: z.string().max(80).optional().openapi({ description: "Id of the route" }),
    cause: z.string().max(40).optional().openapi({ description: "Cause of the last failure: misconfigured" }),
  })
  .openapi("RetryFilter");
const RetriedSchema = RetriedDeliveries;

const oneRoute = createRoute({
  ...routeDefaults,
  path: "/v1/deliveries/{id}/retry",
  operationId: "retryDelivery",
  summary: "Retry one dead letter",
  description:
    "The delivery keeps its id, so that a platform that has it already does not get it twice. Deliveries that it blocks wait again. Needs the right `operate`.",
  request: { params: IdParam, query: NoQuery },
  responses: {
    200: json(RetriedSchema, "The delivery is tried at once"),
    ...problems,
    ...notFound,
    409: problem("conflict: the delivery is not a dead letter"),
  },
});
const manyRoute = createRoute({
  ...routeDefaults,
  path: "/v1/deliveries/retry",
  operationId: "retryDeliveries",
  summary: "Retry the dead letters that match a filter",
  description: "Up to 1,000 for each call, newest first. Needs the right `operate`.",
  request: { query: NoQuery, body: { required: true, content: { "application/json": { schema: RetryFilter } } } },
  responses: { 200: json(RetriedSchema, "How many are tried again"), ...problems },
});

export function retryDeliveries(app: App): void {
  app.openapi(manyRoute, async (c) => {
    const { source, type, cause } = c.req.valid("json");
    return c.json(await retryMatching(c.get("service"), { target: source, route: type, cause }), 200, noStore);
  });
  app.openapi(oneRoute, async (c) => c.json(await retryDelivery(c.get("service"), c.req.valid("param")), 200, noStore));
}
