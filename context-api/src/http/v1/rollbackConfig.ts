import { createRoute, z } from "@hono/zod-openapi";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { StatusSchema } from "./getConfig.ts";
import { requireOperator } from "./requireOperator.ts";
import { json, notFound, problem, problems, security } from "./shared.ts";

const Body = z.strictObject({
  version: z.string().max(40).openapi({ description: "One of GET /v1/config/versions", example: "v1a2b3c4d" }),
});

const route = createRoute({
  method: "post",
  path: "/v1/config/rollback",
  operationId: "rollbackConfig",
  summary: "Put an earlier version to use again, at once",
  description:
    "It stays until the files say something else than now. The version that the files say takes an earlier rollback back.",
  tags: ["Configuration"],
  security,
  request: { body: { required: true, content: { "application/json": { schema: Body } } } },
  responses: {
    200: json(StatusSchema, "What is in use now"),
    ...problems,
    ...notFound,
    409: problem("conflict: the version can't be used any more"),
  },
});

export function rollbackConfig(app: App): void {
  app.openapi(route, async (c) => {
    requireOperator(c.get("actor"));
    const { configuration } = c.get("served");
    const result = await configuration.rollback(c.req.valid("json").version);
    if (!result) throw new ProblemError("not_found", "No such version was ever in use.");
    if (result.issues.length > 0)
      throw new ProblemError("conflict", `The version can't be used any more: ${result.issues.join("; ")}.`);
    return c.json(configuration.status(), 200, { "cache-control": "no-store" });
  });
}
