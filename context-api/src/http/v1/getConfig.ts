import { createRoute } from "@hono/zod-openapi";
import { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import type { App } from "../env.ts";
import { requireOperator } from "./requireOperator.ts";
import { json, problems, security } from "./shared.ts";

export const StatusSchema = ConfigStatus.clone().openapi("ConfigStatus");

const route = createRoute({
  method: "get",
  path: "/v1/config",
  operationId: "getConfig",
  summary: "The configuration in use, and what is wrong with its files if anything is",
  tags: ["Configuration"],
  security,
  responses: { 200: json(StatusSchema, "The tenant's configuration"), ...problems },
});

export function getConfig(app: App): void {
  app.openapi(route, (c) => {
    requireOperator(c.get("actor"));
    return c.json(c.get("served").configuration.status(), 200, { "cache-control": "no-store" });
  });
}
