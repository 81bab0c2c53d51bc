import { createRoute, z } from "@hono/zod-openapi";
import { Layout } from "@sidelight/contracts/sessions/layout.ts";
import { getLayout as getPanelLayout } from "../../services/panels/getLayout.ts";
import type { App } from "../env.ts";
import { json, LayoutOptions, privateNoStore, problems, security } from "./shared.ts";

const Query = z.strictObject(LayoutOptions);

const route = createRoute({
  method: "get",
  path: "/v1/layout",
  operationId: "getLayout",
  summary: "Get what a panel shows: order of sections and facts, labels, thresholds",
  description:
    "From the rules in `panel.layouts` that match the caller's role, the place and the team. A layout shows or hides; what may be seen is decided by the role's rights alone.",
  tags: ["Context"],
  security,
  request: { query: Query },
  responses: { 200: json(Layout, "The layout"), ...problems },
});

export function getLayout(app: App): void {
  app.openapi(route, async (c) => {
    return c.json(await getPanelLayout(c.get("service"), c.req.valid("query")), 200, privateNoStore);
  });
}
