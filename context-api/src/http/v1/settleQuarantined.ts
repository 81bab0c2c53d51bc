import { createRoute, z } from "@hono/zod-openapi";
import { Released } from "@sidelight/contracts/events/quarantine.ts";
import { discard } from "../../ingest/quarantine.ts";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { requireOperator } from "./requireOperator.ts";
import { json, notFound, problems, security } from "./shared.ts";

const params = z.object({ id: z.string().max(60) });
const shared = { method: "post" as const, tags: ["Events"], security, request: { params } };

const release = createRoute({
  ...shared,
  path: "/v1/quarantine/{id}/release",
  operationId: "releaseQuarantined",
  summary: "Read a held message anew, after a fix",
  description: "What can be used now is appended, once; what was appended before is known and not counted again.",
  responses: { 200: json(Released.clone().openapi("Released"), "What became of it"), ...problems, ...notFound },
});

const drop = createRoute({
  ...shared,
  path: "/v1/quarantine/{id}/discard",
  operationId: "discardQuarantined",
  summary: "Let go of a held message for good",
  responses: { 204: { description: "Discarded; its content can't be opened any more" }, ...problems, ...notFound },
});

export function settleQuarantined(app: App): void {
  app.openapi(release, async (c) => {
    requireOperator(c.get("actor"));
    const result = await c.get("served").hub.release(c.req.valid("param").id);
    if (!result) throw missing();
    const { accepted, duplicates, eventIds, unusable } = result;
    return c.json({ accepted, duplicates, eventIds, unusable }, 200, { "cache-control": "no-store" });
  });
  app.openapi(drop, async (c) => {
    requireOperator(c.get("actor"));
    const { tenant } = c.get("served");
    if (!(await discard(tenant.log, c.req.valid("param").id, tenant.clock.now()))) throw missing();
    return c.body(null, 204);
  });
}

const missing = () => new ProblemError("not_found", "No message of this id is held.");
