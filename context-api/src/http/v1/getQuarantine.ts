import { createRoute } from "@hono/zod-openapi";
import { Quarantined, QuarantineList } from "@sidelight/contracts/events/quarantine.ts";
import { listQuarantine } from "../../services/quarantine/listQuarantine.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, noStore, pageOf, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/quarantine",
  operationId: "getQuarantine",
  summary: "List verified messages that could not be used, newest first",
  description: "`type` is a reason. The content of a message is never shown. Needs the right `operate`.",
  tags: ["Events"],
  security,
  request: { query: ListOptions.extend({ state: Quarantined.shape.state.optional() }) },
  responses: { 200: json(QuarantineList, "A page of messages"), ...problems },
});

export function getQuarantine(app: App): void {
  app.openapi(route, async (c) => {
    const { source, type, state, ...page } = c.req.valid("query");
    const input = { ...pageOf(page), platform: source, reason: type, state };
    return (await pageResponse(await listQuarantine(c.get("service"), input), noStore)) as never;
  });
}
