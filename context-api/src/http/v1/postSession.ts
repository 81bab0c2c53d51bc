import { createRoute, z } from "@hono/zod-openapi";
import { newSession, sessionMs } from "../../security/sessions.ts";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { json, problems, readRef, security } from "./shared.ts";

const Body = z.strictObject({
  ref: z.string().max(600).openapi({ description: "The customer that the session opens", example: "zendesk.ticket:5158" }),
});
const Session = z
  .object({
    token: z.string(),
    expiresAt: z.iso.datetime(),
    stream: z.string().openapi({ description: "Path of the live stream" }),
  })
  .openapi("PanelSession");

const route = createRoute({
  method: "post",
  path: "/v1/sessions",
  operationId: "postSession",
  summary: "A panel's token for one customer",
  description:
    "Asked for with an API key from where that is safe: the platform's own proxy or server. The token may stand in a browser: it opens this one ref with the key's role, for ten minutes, and ends with the key.",
  tags: ["Context"],
  security,
  request: { body: { required: true, content: { "application/json": { schema: Body } } } },
  responses: { 201: json(Session, "The token"), ...problems },
});

export function postSession(app: App): void {
  app.openapi(route, async (c) => {
    const { tenant } = c.get("served");
    const { role, keyId, only } = c.get("actor");
    if (only !== null) throw new ProblemError("forbidden", "A session makes no other.");
    const { ref } = readRef(c.req.valid("json").ref, tenant.platforms);
    const expiresAt = tenant.clock.now() + sessionMs;
    const token = await newSession(tenant.log.keys, { role, keyId, ref, expiresAt });
    const stream = `/v1/context/${encodeURIComponent(ref)}/stream`;
    return c.json({ token, expiresAt: new Date(expiresAt).toISOString(), stream }, 201, { "cache-control": "no-store" });
  });
}
