import { createRoute, z } from "@hono/zod-openapi";
import { AuditList } from "@sidelight/contracts/actions/action.ts";
import { listAuditEntries } from "../../services/auditEntries/listAuditEntries.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, pageOf, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/audit",
  operationId: "getAudit",
  summary: "List who did what, newest first",
  description: "`type` is a verb, for example actions.reveal. Needs the right `operate`.",
  tags: ["Actions"],
  security,
  request: {
    query: ListOptions.omit({ source: true }).extend({
      actor: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .openapi({ description: "Id of an API key, or ref of a person: zendesk.user:7" }),
    }),
  },
  responses: { 200: json(AuditList, "A page of entries"), ...problems },
});

export function getAudit(app: App): void {
  app.openapi(route, async (c) => {
    const { type, actor, ...page } = c.req.valid("query");
    const input = { ...pageOf(page), verb: type, actor };
    return (await pageResponse(await listAuditEntries(c.get("service"), input), privateNoStore)) as never;
  });
}
