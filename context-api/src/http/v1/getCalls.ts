import { createRoute, z } from "@hono/zod-openapi";
import { CallList } from "@sidelight/contracts/connections/call.ts";
import { listCalls } from "../../services/calls/listCalls.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { wholeNumber } from "../query.ts";
import { json, ListOptions, noStore, pageOf, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/calls",
  operationId: "getCalls",
  summary: "List the calls to the platforms, newest first",
  description:
    "The calls of all processes, kept for `retention.callDays`; those of another process appear within a second. Paths have no parameters, and no value and no query is shown. The process also logs each call at level debug. Needs the right `operate`.",
  tags: ["Operations"],
  security,
  request: {
    query: ListOptions.omit({ type: true }).extend({
      connection: z.string().max(60).optional().openapi({ description: "Id of a connection" }),
      route: z.string().max(200).optional().openapi({ description: "Method and path: GET /api/v2/users/{id}" }),
      status: wholeNumber(0, 599).optional().openapi({ description: "HTTP status; 0 without an answer" }),
      requestId: z.string().max(64).optional().openapi({ description: "Calls that this request to the API caused" }),
    }),
  },
  responses: { 200: json(CallList, "A page of calls"), ...problems },
});

export function getCalls(app: App): void {
  app.openapi(route, async (c) => {
    const { source, route: operation, connection, status, requestId, ...page } = c.req.valid("query");
    const input = { ...pageOf(page), platform: source, operation, connection, status, requestId };
    return (await pageResponse(await listCalls(c.get("service"), input), noStore)) as never;
  });
}
