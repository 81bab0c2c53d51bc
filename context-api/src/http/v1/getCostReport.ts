import { createRoute, z } from "@hono/zod-openapi";
import { CostMonth, CostReport } from "@sidelight/contracts/costs/costs.ts";
import { getCostReport as getReport } from "../../services/costs/getCostReport.ts";
import { reportPage } from "../costs/reportPage.ts";
import type { App } from "../env.ts";
import { reportHeaders } from "../reportStyle.ts";
import { json, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/costs/report",
  operationId: "getCostReport",
  summary: "The costs of a month beside those of the month before",
  description: "`format=html` answers a page without scripts that can be sent by mail. Needs the right `events`.",
  tags: ["Operations"],
  security,
  request: {
    query: z.strictObject({
      month: CostMonth.optional().openapi({ description: "This month when left out" }),
      format: z.enum(["json", "html"]).default("json"),
    }),
  },
  responses: {
    200: {
      description: "The report",
      content: { ...json(CostReport, "").content, "text/html": { schema: z.string() } },
    },
    ...problems,
  },
});

export function getCostReport(app: App): void {
  app.openapi(route, async (c) => {
    const { month, format } = c.req.valid("query");
    const report = await getReport(c.get("service"), { month });
    if (format === "json") return c.json(report, 200, privateNoStore);
    return c.body(await reportPage(report), 200, { ...privateNoStore, ...reportHeaders }) as never;
  });
}
