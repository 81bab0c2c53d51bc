import { createRoute, z } from "@hono/zod-openapi";
import { RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import { previewRetry } from "../../services/deliveries/previewRetry.ts";
import { retryDeliveries as retryMatching } from "../../services/deliveries/retryDeliveries.ts";
import { retryDelivery } from "../../services/deliveries/retryDelivery.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { IdParam, json, noStore, notFound, problem, problems, security } from "./shared.ts";

const routeDefaults = { tags: ["Deliveries"], security };
const RetryFilter = z
  .strictObject({
    source: z.string().min(1).max(60).optional().openapi({ description: "Id of the target connection" }),
    type: z.string().min(1).max(80).optional().openapi({ description: "Id of the route" }),
    cause: z.string().min(1).max(40).optional().openapi({ description: "Cause of the last failure: misconfigured" }),
    preview: z
      .boolean()
      .optional()
      .openapi({ description: "true counts what matches by target, route and cause, and retries nothing" }),
  })
  .openapi("RetryFilter");
const RetryOptions = z.strictObject({
  create: z.enum(["true", "false"]).optional().openapi({ description: "true creates the record although it may be a duplicate" }),
});
const RetriedSchema = RetriedDeliveries;

const oneRoute = createRoute({
  ...routeDefaults,
  method: "post",
  path: "/v1/deliveries/{id}/retry",
  operationId: "retryDelivery",
  summary: "Retry one dead letter or waiting delivery",
  description:
    "The delivery keeps its id, so that a platform that has it already does not get it twice. Deliveries that it blocks wait again. Needs the right `operate`.",
  request: { params: IdParam, query: RetryOptions },
  responses: {
    200: json(RetriedSchema, "The delivery is tried at once"),
    ...problems,
    ...notFound,
    409: problem("conflict: the delivery is neither a dead letter nor waiting, or `create` is for a possible duplicate only"),
  },
});
const manyOperation = {
  ...routeDefaults,
  path: "/v1/deliveries/retry",
  operationId: "retryDeliveries",
  summary: "Retry the dead letters that match a filter",
  description:
    "Up to 1,000 for each call, newest first. The body is required: `{}` means all dead letters. `preview` shows what a filter matches. Needs the right `operate`.",
  schema: RetryFilter,
  responses: { 200: json(RetriedSchema, "How many are tried again"), ...problems },
};

export function retryDeliveries(app: App): void {
  jsonOperation(app, manyOperation, async (c, { source, type, cause, preview = false }) => {
    const filter = { target: source, route: type, cause };
    const context = c.get("service");
    return c.json(preview ? await previewRetry(context, filter) : await retryMatching(context, filter), 200, noStore);
  });
  app.openapi(oneRoute, async (c) => {
    const create = c.req.valid("query").create === "true";
    return c.json(await retryDelivery(c.get("service"), { ...c.req.valid("param"), create }), 200, noStore);
  });
}
