import { createRoute } from "@hono/zod-openapi";
import { ReleasedMessage } from "@sidelight/contracts/events/quarantine.ts";
import { discardMessage } from "../../services/quarantine/discardMessage.ts";
import { releaseMessage } from "../../services/quarantine/releaseMessage.ts";
import type { App } from "../env.ts";
import { IdParam, json, NoQuery, noStore, notFound, problems, security } from "./shared.ts";

const routeDefaults = { method: "post" as const, tags: ["Events"], security, request: { params: IdParam, query: NoQuery } };

const releaseRoute = createRoute({
  ...routeDefaults,
  path: "/v1/quarantine/{id}/release",
  operationId: "releaseQuarantined",
  summary: "Parse a quarantined message again, after a fix",
  description:
    "What is usable now is appended once. Events that were appended before count as duplicates. Needs the right `operate`.",
  responses: { 200: json(ReleasedMessage, "The result"), ...problems, ...notFound },
});

const discardRoute = createRoute({
  ...routeDefaults,
  path: "/v1/quarantine/{id}/discard",
  operationId: "discardQuarantined",
  summary: "Discard a quarantined message for good",
  description: "Needs the right `operate`.",
  responses: { 204: { description: "Discarded. Its content cannot be read any more" }, ...problems, ...notFound },
});

export function resolveQuarantined(app: App): void {
  app.openapi(releaseRoute, async (c) => c.json(await releaseMessage(c.get("service"), c.req.valid("param")), 200, noStore));
  app.openapi(discardRoute, async (c) => {
    await discardMessage(c.get("service"), c.req.valid("param"));
    return c.body(null, 204);
  });
}
