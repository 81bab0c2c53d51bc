import { createRoute } from "@hono/zod-openapi";
import { ContextsRequest, ContextsResponse } from "@sidelight/contracts/context/batch.ts";
import { getContexts } from "../../services/contexts/getContexts.ts";
import { ProblemError } from "../../services/problemError.ts";
import type { App } from "../env.ts";
import { limitBody } from "../limitBody.ts";
import { invalidRequest, problemBody } from "../problem.ts";
import { json, NoQuery, privateNoStore, problem, problems, security } from "./shared.ts";

/** 100 refs of 600 characters need 60 KB, or twice that when they are escaped. */
const maxBytes = 128 * 1024;

const route = createRoute({
  method: "post",
  path: "/v1/contexts",
  operationId: "getContexts",
  summary: "Get the contexts of up to 100 customers",
  description:
    "In the order of the request: a context or a problem for each ref. Look up e-mail addresses and phone numbers here, so that no URL contains them.",
  tags: ["Context"],
  security,
  request: { query: NoQuery, body: { required: true, content: { "application/json": { schema: ContextsRequest } } } },
  responses: {
    200: json(ContextsResponse, "Contexts or problems, in order"),
    ...problems,
    413: problem("too_large"),
    415: problem("unsupported_media_type"),
  },
});

export function postContexts(app: App): void {
  app.use(route.getRoutingPath(), limitBody(maxBytes));
  // Parsed here: the framework's validator accepts a body of another media type without checking it.
  const { getRoutingPath, ...definition } = route;
  app.openAPIRegistry.registerPath(definition);
  app.post(route.getRoutingPath(), async (c) => {
    const query = NoQuery.safeParse(c.req.query());
    if (!query.success) throw invalidRequest(query.error.issues);
    const input = ContextsRequest.safeParse(await readJsonBody(c.req.raw));
    if (!input.success) throw invalidRequest(input.error.issues);
    const answers = await getContexts(c.get("service"), input.data);
    const items = answers.map((answer) =>
      answer instanceof ProblemError ? Buffer.from(JSON.stringify(problemBody(answer, c.get("requestId")))) : answer.body,
    );
    const content = Buffer.concat([
      Buffer.from('{"items":['),
      ...items.flatMap((item, i) => (i === 0 ? [item] : [comma, item])),
      Buffer.from("]}"),
    ]);
    return new Response(content as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": "application/json", ...privateNoStore },
    });
  });
}

const comma = Buffer.from(",");

async function readJsonBody(request: Request): Promise<unknown> {
  const mediaType = request.headers.get("content-type") ?? "";
  if (!/^application\/json(;|$)/i.test(mediaType.trim()))
    throw new ProblemError("unsupported_media_type", "The body has another media type. Send application/json.");
  try {
    return JSON.parse(await request.text());
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError("invalid_request", "The body is not valid JSON.", { stage: "parse" });
  }
}
