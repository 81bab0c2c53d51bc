import { createRoute, z } from "@hono/zod-openapi";
import { Layout, PanelPlaceName } from "@sidelight/contracts/sessions/layout.ts";
import { getLayout as getPanelLayout } from "../../services/panels/getLayout.ts";
import type { App } from "../env.ts";
import { json, privateNoStore, problems, security } from "./shared.ts";

const Query = z.strictObject({
  place: PanelPlaceName.optional().openapi({ description: "Where the panel is shown" }),
  team: z
    .string()
    .max(2_000)
    .optional()
    .openapi({ description: "Groups or profiles of the reader, separated by |", example: "Billing|Tier 2" }),
  locale: z.string().max(35).optional().openapi({ description: "Language of the labels, BCP 47; en when left out" }),
});

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
    const { team, ...query } = c.req.valid("query");
    const input = { ...query, team: team?.split("|").map((name) => name.trim()) };
    return c.json(await getPanelLayout(c.get("service"), input), 200, privateNoStore);
  });
}
