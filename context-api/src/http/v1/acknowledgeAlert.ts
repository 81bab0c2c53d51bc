import { createRoute } from "@hono/zod-openapi";
import { Alert } from "@sidelight/contracts/connections/alert.ts";
import { acknowledgeAlert as acknowledge } from "../../services/alerts/acknowledgeAlert.ts";
import type { App } from "../env.ts";
import { IdParam, json, NoQuery, noStore, notFound, problem, problems, security } from "./shared.ts";

const route = createRoute({
  method: "post",
  path: "/v1/alerts/{id}/acknowledge",
  operationId: "acknowledgeAlert",
  summary: "Take an open alert on",
  description:
    "The alert is not escalated, and its incident at PagerDuty is acknowledged. It still closes by itself. The first caller counts. Needs the right `operate`.",
  tags: ["Operations"],
  security,
  request: { params: IdParam, query: NoQuery },
  responses: { 200: json(Alert, "The alert"), ...problems, ...notFound, 409: problem("conflict: the alert is closed") },
});

export function acknowledgeAlert(app: App): void {
  app.openapi(route, async (c) => c.json(await acknowledge(c.get("service"), c.req.valid("param")), 200, noStore));
}
