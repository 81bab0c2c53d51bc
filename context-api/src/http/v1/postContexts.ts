import { createRoute, z } from "@hono/zod-openapi";
import { ContextsRequest } from "@sidelight/contracts/context/batch.ts";
import { type SectionName, sectionNames } from "@sidelight/contracts/context/sections.ts";
import type { Actor, ServedTenant } from "../deps.ts";
import type { App } from "../env.ts";
import { limitBody } from "../limitBody.ts";
import { invalidRequest, ProblemError, problemBody } from "../problem.ts";
import { ContextSchema, defaultDeadlineMs, json, ProblemSchema, problems, readRef, security } from "./shared.ts";

/** 100 refs of 600 characters, and some air. */
const mostBytes = 128 * 1024;

const RequestSchema = ContextsRequest.clone().openapi("ContextsRequest");
const ResponseSchema = z.object({ items: z.array(z.union([ContextSchema, ProblemSchema])) }).openapi("Contexts");

const route = createRoute({
  method: "post",
  path: "/v1/contexts",
  operationId: "getContexts",
  summary: "Contexts of up to 100 customers",
  description:
    "In the order asked, each a context or a problem. Look e-mail addresses and phone numbers up here: nothing personal stands in a URL.",
  tags: ["Context"],
  security,
  request: { body: { required: true, content: { "application/json": { schema: RequestSchema } } } },
  responses: { 200: json(ResponseSchema, "Contexts or problems, in order"), ...problems },
});

export function postContexts(app: App): void {
  app.use("/v1/contexts", limitBody(mostBytes));
  // Read by hand: the framework's validator would let another media type through unread.
  const { getRoutingPath: _, ...definition } = route;
  app.openAPIRegistry.registerPath(definition);
  app.post("/v1/contexts", async (c) => {
    const body = await readJsonBody(c.req.raw);
    const parsed = ContextsRequest.safeParse(body);
    if (!parsed.success) throw invalidRequest(parsed.error.issues);
    const { refs, sections = sectionNames } = parsed.data;
    const wanted = sectionNames.filter((name) => sections.includes(name));
    const items = await Promise.all(refs.map((ref) => one(ref, wanted, c.get("served"), c.get("actor"), c.get("requestId"))));
    const content = Buffer.concat([
      Buffer.from('{"items":['),
      ...items.flatMap((item, i) => (i === 0 ? [item] : [comma, item])),
      Buffer.from("]}"),
    ]);
    return new Response(content as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": "application/json", "cache-control": "private, no-store", vary: "authorization" },
    });
  });
}

const comma = Buffer.from(",");

async function one(
  text: string,
  sections: readonly SectionName[],
  served: ServedTenant,
  actor: Actor,
  requestId: string,
): Promise<Buffer> {
  try {
    const ref = readRef(text, served.tenant.platforms);
    const query = { ref, rights: actor.rights, sections, deadlineMs: defaultDeadlineMs };
    return (await served.contexts.answer(query)).body;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return Buffer.from(JSON.stringify(problemBody(error, requestId)));
  }
}

async function readJsonBody(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json(;|$)/i.test(type.trim())) throw new ProblemError("unsupported_media_type", "Send application/json.");
  try {
    return JSON.parse(await request.text());
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError("invalid_request", "The body is not JSON.");
  }
}
