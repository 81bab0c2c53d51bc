import { createRoute } from "@hono/zod-openapi";
import { Conflict, ConflictList } from "@sidelight/contracts/conflicts/conflict.ts";
import { listConflicts } from "../../services/conflicts/listConflicts.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, pageOf, privateNoStore, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/conflicts",
  operationId: "getConflicts",
  summary: "List fields whose values differ between platforms, and what was decided, newest first",
  description: "`type` is the name of a field. Values are masked by role. Needs the right `operate`.",
  tags: ["Fields"],
  security,
  request: { query: ListOptions.omit({ source: true }).extend({ state: Conflict.shape.state.optional() }) },
  responses: { 200: json(ConflictList, "A page of conflicts"), ...problems },
});

export function getConflicts(app: App): void {
  app.openapi(route, async (c) => {
    const { type, state, ...page } = c.req.valid("query");
    const input = { ...pageOf(page), field: type, state };
    return (await pageResponse(await listConflicts(c.get("service"), input), privateNoStore)) as never;
  });
}
