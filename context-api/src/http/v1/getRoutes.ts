import { createRoute, z } from "@hono/zod-openapi";
import { Routes } from "@sidelight/contracts/events/route.ts";
import { listRoutes } from "../../services/routes/listRoutes.ts";
import type { App } from "../env.ts";
import { wholeNumber } from "../query.ts";
import { json, noStore, problems, security } from "./shared.ts";

const Window = z.strictObject({
  hours: wholeNumber(1, 168).default(24).openapi({ description: "Length of the time window" }),
});

const route = createRoute({
  method: "get",
  path: "/v1/config/routes",
  operationId: "getRoutes",
  summary: "List the active routes with their deliveries",
  description: "Waiting and blocked deliveries are counted now, all others in the time window. Needs the right `operate`.",
  tags: ["Deliveries"],
  security,
  request: { query: Window },
  responses: { 200: json(Routes, "All routes, in the order of the configuration"), ...problems },
});

export function getRoutes(app: App): void {
  app.openapi(route, async (c) => c.json(await listRoutes(c.get("service"), c.req.valid("query")), 200, noStore));
}
