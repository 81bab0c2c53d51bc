import { createRoute } from "@hono/zod-openapi";
import { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import { getConfig as getActiveConfig } from "../../services/config/getConfig.ts";
import type { App } from "../env.ts";
import { json, NoQuery, noStore, problems, security } from "./shared.ts";

export const StatusSchema = ConfigStatus;

const route = createRoute({
  method: "get",
  path: "/v1/config",
  operationId: "getConfig",
  summary: "Get the active configuration, and the errors of its files",
  description: "Needs the right `operate`.",
  tags: ["Configuration"],
  security,
  request: { query: NoQuery },
  responses: { 200: json(StatusSchema, "The tenant's configuration"), ...problems },
});

export function getConfig(app: App): void {
  app.openapi(route, (c) => c.json(getActiveConfig(c.get("service"), {}), 200, noStore));
}
