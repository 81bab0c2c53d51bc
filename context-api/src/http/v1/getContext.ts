import type { HttpBindings } from "@hono/node-server";
import { createRoute } from "@hono/zod-openapi";
import { Context } from "@sidelight/contracts/context/context.ts";
import { getContext as getCustomerContext } from "../../services/contexts/getContext.ts";
import type { RouteDeps } from "../deps.ts";
import type { App } from "../env.ts";
import { contextResponse } from "./contextResponse.ts";
import { ContextOptions, json, problems, RefParam, security, toMs } from "./shared.ts";

/** The name of the route in metrics and logs. */
export const contextRoute = "/v1/context/:ref";

const route = createRoute({
  method: "get",
  path: "/v1/context/{ref}",
  operationId: "getContext",
  summary: "Get everything that is known about one customer",
  description:
    "Answers within the deadline, whatever the platforms do: a section whose platform is late or down has its last value or a state that says why there is none. The header x-sidelight-tier names the tier that answered.",
  tags: ["Context"],
  security,
  request: { params: RefParam, query: ContextOptions },
  responses: {
    200: json(Context, "The context. Ambiguous and unknown customers are 200 too: see match.state"),
    304: { description: "Not modified" },
    ...problems,
  },
});

/** A context, whatever the form of the request. A repeated request in the usual form is answered by {@link contextAhead}. */
export function getContext(app: App, { warmReads }: RouteDeps): void {
  app.openapi(route, async (c) => {
    const { at, deadline, ...options } = c.req.valid("query");
    const { ref } = c.req.valid("param");
    const panel = c.req.header("x-sidelight-panel");
    const answer = await getCustomerContext(c.get("service"), { ...options, ref, deadlineMs: deadline, at: toMs(at), panel });
    c.set("tier", answer.tier);
    warmReads.remember((c.env as Partial<HttpBindings> | undefined)?.incoming, c.get("service"), answer);
    return (await contextResponse(c, answer, c.req.header("if-none-match"))) as never;
  });
}
