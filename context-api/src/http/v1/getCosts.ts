import { createRoute, z } from "@hono/zod-openapi";
import { CostMonth, Costs } from "@sidelight/contracts/costs/costs.ts";
import { getCosts as getCostsOfMonth } from "../../services/costs/getCosts.ts";
import type { App } from "../env.ts";
import { json, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/costs",
  operationId: "getCosts",
  summary: "Calls, events and costs of a month, its forecast, and what caches and batches saved",
  description:
    "Of the own tenant, in the months of its time zone. The configuration has the prices; without them, there are counts only. Needs the right `events`.",
  tags: ["Operations"],
  security,
  request: { query: z.strictObject({ month: CostMonth.optional().openapi({ description: "This month when left out" }) }) },
  responses: { 200: json(Costs, "The costs"), ...problems },
});

export function getCosts(app: App): void {
  app.openapi(route, async (c) => c.json(await getCostsOfMonth(c.get("service"), c.req.valid("query")), 200, privateNoStore));
}
