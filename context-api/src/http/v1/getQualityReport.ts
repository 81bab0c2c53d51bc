import { createRoute, z } from "@hono/zod-openapi";
import { QualityReport } from "@sidelight/contracts/quality/quality.ts";
import { getQualityReport as getReport } from "../../services/quality/getQualityReport.ts";
import type { App } from "../env.ts";
import { reportPage } from "../quality/reportPage.ts";
import { reportHeaders } from "../reportStyle.ts";
import { json, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/quality/report",
  operationId: "getQualityReport",
  summary: "What became better or worse in the quality of the data in a week",
  description:
    "Compares the last measurement with the newest one that is at least a week older. `format=html` answers a page without scripts that can be sent by mail. Needs the right `events`.",
  tags: ["Operations"],
  security,
  request: { query: z.strictObject({ format: z.enum(["json", "html"]).default("json") }) },
  responses: {
    200: {
      description: "The report",
      content: { ...json(QualityReport, "").content, "text/html": { schema: z.string() } },
    },
    ...problems,
  },
});

export function getQualityReport(app: App): void {
  app.openapi(route, async (c) => {
    const service = c.get("service");
    const report = await getReport(service, {});
    if (c.req.valid("query").format === "json") return c.json(report, 200, privateNoStore);
    return c.body(await reportPage(service.served.tenant.id, report), 200, { ...privateNoStore, ...reportHeaders }) as never;
  });
}
