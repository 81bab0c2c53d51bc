import { createRoute } from "@hono/zod-openapi";
import { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import { getTimeline as getTimelinePage } from "../../services/contexts/getTimeline.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { customerProblems, json, ListOptions, pageOf, privateNoStore, problems, RefParam, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/timeline/{ref}",
  operationId: "getTimeline",
  summary: "List what happened to a customer, across platforms, newest first",
  description: "`type` is a kind of item: ticket_created. An unknown customer is 404, an ambiguous one 409.",
  tags: ["Context"],
  security,
  request: { params: RefParam, query: ListOptions },
  responses: { 200: json(TimelinePage, "A page of items"), ...problems, ...customerProblems },
});

export function getTimeline(app: App): void {
  app.openapi(route, async (c) => {
    const { source, type, ...page } = c.req.valid("query");
    const input = { ...pageOf(page), ...c.req.valid("param"), platform: source, kind: type };
    return (await pageResponse(await getTimelinePage(c.get("service"), input), privateNoStore)) as never;
  });
}
