import { createRoute, z } from "@hono/zod-openapi";
import { AlertList } from "@sidelight/contracts/connections/alert.ts";
import { listAlerts } from "../../services/alerts/listAlerts.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, noStore, pageOf, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/alerts",
  operationId: "getAlerts",
  summary: "List alerts, newest first",
  description: "`type` is a kind of alert. Every alert is also logged when it opens. Needs the right `events`.",
  tags: ["Operations"],
  security,
  request: { query: ListOptions.omit({ source: true }).extend({ state: z.enum(["open", "closed"]).optional() }) },
  responses: { 200: json(AlertList, "A page of alerts"), ...problems },
});

export function getAlerts(app: App): void {
  app.openapi(route, async (c) => {
    const { type, state, ...page } = c.req.valid("query");
    return (await pageResponse(await listAlerts(c.get("service"), { ...pageOf(page), kind: type, state }), noStore)) as never;
  });
}
