import { z } from "@hono/zod-openapi";
import { getConfig } from "../../services/config/getConfig.ts";
import { rollbackConfig as rollback } from "../../services/config/rollbackConfig.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { StatusSchema } from "./getConfig.ts";
import { json, noStore, notFound, problem, problems, security } from "./shared.ts";

const RollbackRequest = z
  .strictObject({
    version: z.string().max(40).openapi({ description: "One of GET /v1/config/versions", example: "v1a2b3c4d" }),
    reason: z.string().trim().min(1).max(200).optional().openapi({ description: "Why, for the audit. No personal value" }),
  })
  .openapi("RollbackRequest");

const operation = {
  path: "/v1/config/rollback",
  operationId: "rollbackConfig",
  summary: "Activate an earlier version at once",
  description:
    "It stays active until the files change. A rollback to the version of the files ends an earlier rollback. Needs the right `operate`.",
  tags: ["Configuration"],
  security,
  schema: RollbackRequest,
  responses: {
    200: json(StatusSchema, "The configuration after the rollback"),
    ...problems,
    ...notFound,
    409: problem("conflict: this release cannot use the version"),
  },
};

export function rollbackConfig(app: App): void {
  jsonOperation(app, operation, async (c, { version, reason }) => {
    const context = c.get("service");
    await rollback(context, { target: context.served.configuration, version, reason: reason ?? null });
    return c.json(getConfig(context, {}), 200, noStore);
  });
}
