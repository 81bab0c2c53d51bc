import { createRoute, z } from "@hono/zod-openapi";
import { CustomerQuality, Quality } from "@sidelight/contracts/quality/quality.ts";
import { getCustomerQuality } from "../../services/quality/getCustomerQuality.ts";
import { getQuality as getQualityOfAll } from "../../services/quality/getQuality.ts";
import type { App } from "../env.ts";
import { customerProblems, json, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/quality",
  operationId: "getQuality",
  summary: "Quality of the data: completeness, consistency, duplicates, freshness",
  description:
    "Of all data, as it was measured last: daily, and at a request when the last measurement is older than 15 minutes and was quick. With `ref`, of one customer's records, measured now. Needs the right `events`.",
  tags: ["Operations"],
  security,
  request: {
    query: z.strictObject({
      ref: z.string().min(1).max(400).optional().openapi({ description: "A customer: person:…, company:… or any other ref" }),
    }),
  },
  responses: { 200: json(z.union([Quality, CustomerQuality]), "The quality"), ...problems, ...customerProblems },
});

export function getQuality(app: App): void {
  app.openapi(route, async (c) => {
    const { ref } = c.req.valid("query");
    const service = c.get("service");
    const quality = ref === undefined ? await getQualityOfAll(service, {}) : await getCustomerQuality(service, { ref });
    return c.json(quality, 200, privateNoStore);
  });
}
