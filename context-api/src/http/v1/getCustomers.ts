import { createRoute, z } from "@hono/zod-openapi";
import { HealthBand } from "@sidelight/contracts/context/sections.ts";
import { CustomerList, CustomerSort, ListReason, UsageTrend } from "@sidelight/contracts/customers/customer.ts";
import { listCustomers } from "../../services/customers/listCustomers.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, pageOf, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/customers",
  operationId: "getCustomers",
  summary: "List companies, those that need a call most first",
  description:
    "From what was last computed of each company, without a call to a platform. Values are masked by role. The session of a person lists what they own (`owner=me`) or pinned (`pinned=true`).",
  tags: ["Customers"],
  security,
  request: {
    query: ListOptions.pick({ limit: true, cursor: true }).extend({
      owner: z
        .string()
        .max(120)
        .optional()
        .openapi({ description: "me, or the ref of a user of the CRM", example: "salesforce.user:0055g00000AbCdEAAV" }),
      band: HealthBand.optional(),
      trend: UsageTrend.optional().openapi({ description: "Of product use" }),
      reason: ListReason.optional().openapi({
        description:
          "at_risk; renewing: within 90 days, or overdue by up to 30; gone_quiet: used before, and not in the last 14 days. The setting `customers` changes the days",
      }),
      pinned: z.enum(["true"]).optional().openapi({ description: "Only what the caller pinned" }),
      sort: CustomerSort.optional().openapi({
        description: "health when left out: the lowest score first; renewal: the earliest day; last_active: the longest ago",
      }),
    }),
  },
  responses: { 200: json(CustomerList, "A page of companies"), ...problems },
});

export function getCustomers(app: App): void {
  app.openapi(route, async (c) => {
    const { owner, band, trend, reason, pinned, sort, ...page } = c.req.valid("query");
    const input = { ...pageOf(page), owner, band, usageTrend: trend, reason, pinned: pinned === "true", sort };
    return (await pageResponse(await listCustomers(c.get("service"), input), privateNoStore)) as never;
  });
}
