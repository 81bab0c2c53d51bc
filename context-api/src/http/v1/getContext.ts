import { createRoute } from "@hono/zod-openapi";
import type { App } from "../app.ts";
import {
  ContextOptions,
  ContextSchema,
  contextResponse,
  defaultDeadlineMs,
  json,
  notBuilt,
  problems,
  RefParam,
  readRef,
  readSections,
  refuseUnbuilt,
  security,
} from "./shared.ts";

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
    501: notBuilt,
  },
});

export function getContext(app: App): void {
  app.openapi(route, async (c) => {
    const { tenant, contexts } = c.get("served");
    const options = c.req.valid("query");
    refuseUnbuilt(options);
    const answer = await contexts.answer({
      ref: readRef(c.req.valid("param").ref, tenant.platforms),
      rights: c.get("actor").rights,
      sections: readSections(options.sections),
      deadlineMs: options.deadline ?? defaultDeadlineMs,
    });
    return contextResponse(answer, c.req.header("if-none-match")) as never;
  });
}
