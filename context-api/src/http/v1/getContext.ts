import { createRoute } from "@hono/zod-openapi";
import { answerHeaders } from "../answerHeaders.ts";
import type { App } from "../env.ts";
import { noteSeen } from "./notePanelView.ts";
import { pastMoment } from "./pastMoment.ts";
import { ContextOptions, ContextSchema, contextResponse, json, problems, RefParam, readQuery, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/context/{ref}",
  operationId: "getContext",
  summary: "Everything known of one customer",
  description:
    "Answers within the deadline, whatever the platforms do: a late or dead source yields its last good value or a state. The header x-sidelight-tier says who answered.",
  tags: ["Context"],
  security,
  request: { params: RefParam, query: ContextOptions },
  responses: {
    200: json(ContextSchema, "The context; ambiguous and unknown customers are 200 too"),
    304: { description: "Not modified" },
    ...problems,
  },
});

export function getContext(app: App): void {
  app.openapi(route, async (c) => {
    const served = c.get("served");
    const options = c.req.valid("query");
    const query = readQuery(served, c.get("actor"), c.req.valid("param").ref, options);
    const answer = await served.contexts.answer(
      options.at === undefined ? query : { ...query, at: await pastMoment(served.tenant, options.at) },
    );
    noteSeen(c, served, answer);
    c.set("tier", answer.tier);
    return contextResponse(answer, c.req.header("if-none-match"), answerHeaders(c)) as never;
  });
}
