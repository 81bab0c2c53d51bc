import { createRoute } from "@hono/zod-openapi";
import { Freshness } from "@sidelight/contracts/freshness/freshness.ts";
import { getFreshness as getFreshnessOfAll } from "../../services/freshness/getFreshness.ts";
import type { App } from "../env.ts";
import { json, NoQuery, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/freshness",
  operationId: "getFreshness",
  summary: "How old data is when it arrives, against its objectives",
  description:
    "For each objective: the part of the facts and of the minutes within the target, the budget that is left, how fast it is used, and what used it. Sums only. Needs the right `events`.",
  tags: ["Operations"],
  security,
  request: { query: NoQuery },
  responses: { 200: json(Freshness, "The objectives"), ...problems },
});

export function getFreshness(app: App): void {
  app.openapi(route, async (c) => c.json(await getFreshnessOfAll(c.get("service"), {}), 200, privateNoStore));
}
