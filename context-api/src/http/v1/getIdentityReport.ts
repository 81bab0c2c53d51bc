import { createRoute, z } from "@hono/zod-openapi";
import { DuplicateReport } from "@sidelight/contracts/identity/duplicates.ts";
import { getDuplicates } from "../../services/identity/getDuplicates.ts";
import type { App } from "../env.ts";
import { duplicatesPage } from "../identity/duplicatesPage.ts";
import { reportHeaders } from "../reportStyle.ts";
import { json, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/identity/report",
  operationId: "getIdentityReport",
  summary: "Records that a platform has twice",
  description:
    "For each object of each connection: pairs of records that are one customer in Sidelight, or may be one, with the record that should stay and what would move. Pairs of the last seven days are marked, and what was decided in that time is listed. `format=html` answers a page without scripts that can be sent by mail. Needs the right `identify`.",
  tags: ["Identity"],
  security,
  request: {
    query: z.strictObject({
      platform: z.string().min(1).max(60).optional().openapi({ description: "Name of a platform, or id of a connection" }),
      format: z.enum(["json", "html"]).default("json"),
    }),
  },
  responses: {
    200: {
      description: "The report",
      content: { ...json(DuplicateReport, "").content, "text/html": { schema: z.string() } },
    },
    ...problems,
  },
});

export function getIdentityReport(app: App): void {
  app.openapi(route, async (c) => {
    const service = c.get("service");
    const { format, platform } = c.req.valid("query");
    const report = await getDuplicates(service, { platform });
    if (format === "json") return c.json(report, 200, privateNoStore);
    return c.body(await duplicatesPage(service.served.tenant.id, report), 200, { ...privateNoStore, ...reportHeaders }) as never;
  });
}
