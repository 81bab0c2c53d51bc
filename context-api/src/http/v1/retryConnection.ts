import { createRoute } from "@hono/zod-openapi";
import { RetriedConnection } from "@sidelight/contracts/connections/connection.ts";
import { retryConnection as retry } from "../../services/connections/retryConnection.ts";
import type { App } from "../env.ts";
import { IdParam, json, NoQuery, noStore, notFound, problems, security } from "./shared.ts";

const route = createRoute({
  method: "post",
  path: "/v1/connections/{id}/retry",
  operationId: "retryConnection",
  summary: "Try a connection now",
  description:
    "Ends every wait of the connection, after the cause of an outage was fixed: open circuit breakers probe now, quotas that the platform reported as used up count as free, failing streams are pulled, and waiting deliveries are due. Needs the right `operate`.",
  tags: ["Operations"],
  security,
  request: { params: IdParam, query: NoQuery },
  responses: { 200: json(RetriedConnection, "What was released"), ...problems, ...notFound },
});

export function retryConnection(app: App): void {
  app.openapi(route, async (c) => c.json(await retry(c.get("service"), c.req.valid("param")), 200, noStore));
}
