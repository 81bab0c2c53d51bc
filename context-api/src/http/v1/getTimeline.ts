import { createRoute, z } from "@hono/zod-openapi";
import { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import type { TimelineCursor } from "../../context/timeline.ts";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { customerProblems, defaultDeadlineMs, json, problems, RefParam, readRef, security } from "./shared.ts";

const Options = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  cursor: z.string().max(400).optional().openapi({ description: "nextCursor of the page before" }),
  source: z.string().max(40).optional().openapi({ description: "A platform: zendesk" }),
  type: z.string().max(60).optional().openapi({ description: "A kind of item: ticket_created" }),
  since: z.iso.datetime({ offset: true }).optional().openapi({ description: "Nothing before this instant" }),
});

const route = createRoute({
  method: "get",
  path: "/v1/timeline/{ref}",
  operationId: "getTimeline",
  summary: "What happened to a customer, across platforms, newest first",
  description: "From what the store holds. An unknown customer is 404, one that can't be told from another 409.",
  tags: ["Context"],
  security,
  request: { params: RefParam, query: Options },
  responses: { 200: json(TimelinePage.clone().openapi("Timeline"), "A page"), ...problems, ...customerProblems },
});

export function getTimeline(app: App): void {
  app.openapi(route, async (c) => {
    const { tenant, contexts } = c.get("served");
    const { limit, cursor, source, type, since } = c.req.valid("query");
    const page = await contexts.timeline({
      ref: readRef(c.req.valid("param").ref, tenant.platforms),
      rights: c.get("actor").rights,
      deadlineMs: defaultDeadlineMs,
      limit,
      after: cursor === undefined ? null : readCursor(cursor),
      source,
      type,
      since: since === undefined ? undefined : Date.parse(since),
    });
    if ("unresolved" in page) {
      throw page.unresolved === "none"
        ? new ProblemError("not_found", "No customer is known by this ref.")
        : new ProblemError("conflict", "Several customers are meant by this ref; ask with the id of one of its candidates.");
    }
    const nextCursor = page.next && Buffer.from(JSON.stringify([page.next.at, page.next.id])).toString("base64url");
    return c.json({ items: page.items, nextCursor }, 200, { "cache-control": "private, no-store", vary: "authorization" });
  });
}

const Cursor = z.tuple([z.iso.datetime(), z.string()]);

function readCursor(text: string): TimelineCursor {
  try {
    const [at, id] = Cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    return { at, id };
  } catch {
    throw new ProblemError("invalid_request", "cursor is not one of ours.", {
      errors: [{ pointer: "/cursor", detail: "not a cursor" }],
    });
  }
}
