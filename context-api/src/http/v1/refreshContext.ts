import { createRoute } from "@hono/zod-openapi";
import { answerHeaders } from "../answerHeaders.ts";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { ContextOptions, ContextSchema, contextResponse, json, problems, RefParam, readQuery, security } from "./shared.ts";

const route = createRoute({
  method: "post",
  path: "/v1/context/{ref}/refresh",
  operationId: "refreshContext",
  summary: "Ask the platforms anew for one customer",
  description: "Once in 30 seconds for a customer; sooner is 429 with Retry-After.",
  tags: ["Context"],
  security,
  request: { params: RefParam, query: ContextOptions },
  responses: { 200: json(ContextSchema, "The context after asking"), ...problems },
});

export function refreshContext(app: App): void {
  app.openapi(route, async (c) => {
    const served = c.get("served");
    const query = readQuery(served, c.get("actor"), c.req.valid("param").ref, c.req.valid("query"));
    const answer = await served.contexts.refresh(query);
    if ("retryAt" in answer) {
      const seconds = Math.max(1, Math.ceil((answer.retryAt - served.tenant.clock.now()) / 1000));
      throw new ProblemError("rate_limited", "This customer was refreshed less than 30 seconds ago.", {
        headers: { "retry-after": String(seconds) },
      });
    }
    c.set("tier", answer.tier);
    return contextResponse(answer, undefined, answerHeaders(c)) as never;
  });
}
