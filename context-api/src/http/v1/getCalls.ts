import { createRoute } from "@hono/zod-openapi";
import { CallList } from "@sidelight/contracts/connections/call.ts";
import { listCalls } from "../../services/calls/listCalls.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, noStore, pageOf, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/calls",
  operationId: "getCalls",
  summary: "List the calls of this process to the platforms, newest first",
  description:
    "The last 10,000 calls, kept in memory. Paths have no parameters, and no value and no query is shown. The process also logs each call at level debug. Needs the right `operate`.",
  tags: ["Operations"],
  security,
  request: { query: ListOptions.omit({ type: true }) },
  responses: { 200: json(CallList, "A page of calls"), ...problems },
});

export function getCalls(app: App): void {
  app.openapi(route, async (c) => {
    const { source, ...page } = c.req.valid("query");
    return (await pageResponse(await listCalls(c.get("service"), { ...pageOf(page), platform: source }), noStore)) as never;
  });
}
