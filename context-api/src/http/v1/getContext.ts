import { createRoute } from "@hono/zod-openapi";
import { Context } from "@sidelight/contracts/context/context.ts";
import { getContext as getCustomerContext } from "../../services/contexts/getContext.ts";
import { answerHeaders } from "../answerHeaders.ts";
import type { App } from "../env.ts";
import { ContextOptions, contextResponse, json, problems, RefParam, security, toMs } from "./shared.ts";

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

export function getContext(app: App): void {
  app.openapi(route, async (c) => {
    const { at, deadline, ...options } = c.req.valid("query");
    const { ref } = c.req.valid("param");
    const panel = c.req.header("x-sidelight-panel");
    const answer = await getCustomerContext(c.get("service"), { ...options, ref, deadlineMs: deadline, at: toMs(at), panel });
    c.set("tier", answer.tier);
    return contextResponse(answer, c.req.header("if-none-match"), answerHeaders(c)) as never;
  });
}
