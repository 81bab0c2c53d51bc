import { createRoute, z } from "@hono/zod-openapi";
import { getConfig } from "../../services/config/getConfig.ts";
import { rollbackConfig as rollback } from "../../services/config/rollbackConfig.ts";
import type { App } from "../env.ts";
import { StatusSchema } from "./getConfig.ts";
import { json, NoQuery, noStore, notFound, problem, problems, security } from "./shared.ts";

const RollbackRequest = z
  .strictObject({
    version: z.string().max(40).openapi({ description: "One of GET /v1/config/versions", example: "v1a2b3c4d" }),
  })
  .openapi("RollbackRequest");

const route = createRoute({
  method: "post",
  path: "/v1/config/rollback",
  operationId: "rollbackConfig",
  summary: "Activate an earlier version at once",
  description:
    "It stays active until the files change. A rollback to the version of the files ends an earlier rollback. Needs the right `operate`.",
  tags: ["Configuration"],
  security,
  request: { query: NoQuery, body: { required: true, content: { "application/json": { schema: RollbackRequest } } } },
  responses: {
    200: json(StatusSchema, "The configuration after the rollback"),
    ...problems,
    ...notFound,
    409: problem("conflict: this release cannot use the version"),
  },
});

export function rollbackConfig(app: App): void {
  app.openapi(route, async (c) => {
    const context = c.get("service");
    await rollback(context, { target: context.served.configuration, version: c.req.valid("json").version });
    return c.json(getConfig(context, {}), 200, noStore);
  });
}
