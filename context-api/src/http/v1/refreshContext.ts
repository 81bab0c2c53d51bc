import { createRoute } from "@hono/zod-openapi";
import { Context } from "@sidelight/contracts/context/context.ts";
import { refreshContext as refreshCustomerContext } from "../../services/contexts/refreshContext.ts";
import type { App } from "../env.ts";
import { contextResponse } from "./contextResponse.ts";
import { ContextOptions, json, problems, RefParam, security } from "./shared.ts";

const route = createRoute({
  method: "post",
  path: "/v1/context/{ref}/refresh",
  operationId: "refreshContext",
  summary: "Fetch one customer from the platforms",
  description: "Once in 30 seconds for a customer. An earlier refresh is 429 with Retry-After.",
  tags: ["Context"],
  security,
  request: { params: RefParam, query: ContextOptions.omit({ at: true }) },
  responses: { 200: json(Context, "The context after the refresh"), ...problems },
});

export function refreshContext(app: App): void {
  app.openapi(route, async (c) => {
    const { deadline, ...options } = c.req.valid("query");
    const input = { ...options, ...c.req.valid("param"), deadlineMs: deadline };
    const answer = await refreshCustomerContext(c.get("service"), input);
    c.set("tier", answer.tier);
    return (await contextResponse(c, answer, undefined)) as never;
  });
}
