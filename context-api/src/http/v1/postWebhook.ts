import { getConnInfo } from "@hono/node-server/conninfo";
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createClientAddress } from "../clientAddress.ts";
import type { RouteDeps } from "../deps.ts";
import type { App, Env } from "../env.ts";
import { readBody } from "../readBody.ts";
import { json, problems } from "./shared.ts";

const WebhookResult = z
  .object({
    accepted: z.number().int().openapi({ description: "Events that were appended" }),
    duplicates: z.number().int().openapi({ description: "Events that had been appended before" }),
    quarantined: z.number().int().openapi({ description: "Messages that could not be used" }),
    eventIds: z.array(z.string()).openapi({ description: "Ids of the appended and the repeated events" }),
  })
  .openapi("WebhookResult");

/** The name of the route in metrics and logs. */
export const webhookRoute = "/v1/webhooks/:tenant/:platform/:connectionToken";

// Unknown query parameters are accepted here: refusing a webhook for one would lose its events.
const route = createRoute({
  method: "post",
  path: "/v1/webhooks/{tenant}/{platform}/{connectionToken}",
  operationId: "postWebhook",
  summary: "Receive the events of a platform",
  description:
    "Authenticated by the sender's signature. The answer has the form that the platform expects: Zendesk 200 and generic 202 with the result, Salesforce its SOAP acknowledgment, Mixpanel its JSON. It is sent when all events are durable.",
  tags: ["Webhooks"],
  // The sender signs its request and has no API key.
  security: [],
  request: { params: z.object({ tenant: z.string(), platform: z.string(), connectionToken: z.string() }) },
  responses: {
    200: json(WebhookResult, "Durable. Salesforce and Mixpanel get an answer of their own form"),
    202: json(WebhookResult, "Durable"),
    ...problems,
  },
});

/** Webhooks in a form that {@link webhookAhead} does not take. */
export function postWebhook(app: App, deps: RouteDeps): void {
  const clientAddress = createClientAddress(deps.trustedProxies, deps.forwardedHeader);
  app.openapi(route, async (c) => {
    const { tenant, platform, connectionToken } = c.req.valid("param");
    const { status, contentType, body } = await deps.receiveWebhook({
      tenant,
      platform,
      token: connectionToken,
      headers: c.req.header(),
      from: clientAddress(socketAddress(c), c.req.header(deps.forwardedHeader)),
      readBody: (maxBytes) => readBody(c.req.raw, maxBytes),
    });
    return new Response(body, { status, headers: { "content-type": contentType } }) as never;
  });
}

/** Null when there is no socket. */
const socketAddress = (c: Context<Env>): string | null =>
  typeof c.env === "object" && c.env !== null && "incoming" in c.env ? (getConnInfo(c).remote.address ?? null) : null;
