import { getConnInfo } from "@hono/node-server/conninfo";
import { createRoute, z } from "@hono/zod-openapi";
import type { Delivery } from "@sidelight/platform-kit/webhook.ts";
import type { Context } from "hono";
import { refused } from "../../ingest/acceptWebhook.ts";
import type { Hub } from "../../ingest/ingest.ts";
import type { Door } from "../../ingest/webhookEndpoints.ts";
import type { HttpDeps } from "../deps.ts";
import type { App, Env } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { createRateLimit, type RateLimit } from "../rateLimit.ts";
import { readBody } from "../readBody.ts";
import { json, problems } from "./shared.ts";

/** Deliveries that may wait for the store at once: one more would only wait longer than its sender does. */
const mostAtOnce = 1_000;
/** Below 60, the most after which Zendesk still tries again. */
const retrySeconds = 5;

const Received = z
  .object({
    accepted: z.number().int(),
    duplicates: z.number().int(),
    quarantined: z.number().int(),
    eventIds: z.array(z.string()),
  })
  .openapi("WebhookReceived");

const route = createRoute({
  method: "post",
  path: "/v1/webhooks/{tenant}/{platform}/{connectionToken}",
  operationId: "postWebhook",
  summary: "What a platform sends when something has happened",
  description:
    "Authenticated by the sender's own signature. The answer is the platform's own: Zendesk 200 and generic 202 with what was received, Salesforce its SOAP acknowledgement, Mixpanel its JSON. It comes once everything is durable.",
  tags: ["Webhooks"],
  request: { params: z.object({ tenant: z.string(), platform: z.string(), connectionToken: z.string() }) },
  responses: {
    200: json(Received, "Durable; other platforms have answers of their own form"),
    202: json(Received, "Durable"),
    ...problems,
  },
});

export function postWebhook(app: App, deps: HttpDeps): void {
  const limits = new WeakMap<Door, RateLimit>();
  let waiting = 0;

  app.openapi(route, async (c) => {
    const receivedAt = deps.clock.now();
    const { tenant, platform, connectionToken } = c.req.valid("param");
    const hub = deps.tenants.get(tenant)?.hub;
    const door = (await hub?.doors.find(platform, connectionToken)) ?? null;
    // One answer for every way to be wrong: nobody learns which tenants, connections or tokens exist.
    if (!hub || !door) throw unauthenticated();
    const limit = limits.get(door) ?? createRateLimit(door.requestsPerMinute, deps.clock);
    limits.set(door, limit);
    admit(limit, waiting);
    const body = await readBody(c.req.raw, door.inlet.mostBytes);
    waiting += 1;
    try {
      const delivery = { headers: c.req.header(), body, from: sender(c, deps.trustedProxies), receivedAt };
      const answer = await received(hub, door, delivery, deps);
      if (answer === refused) throw unauthenticated();
      return new Response(answer.body, { status: answer.status, headers: { "content-type": answer.contentType } }) as never;
    } finally {
      waiting -= 1;
    }
  });
}

const unauthenticated = () => new ProblemError("unauthenticated", "The webhook could not be authenticated.");

function admit(limit: RateLimit, waiting: number): void {
  const headers = { "retry-after": String(retrySeconds) };
  if (waiting >= mostAtOnce) throw new ProblemError("rate_limited", "Too many deliveries at once.", { headers });
  try {
    limit.take("webhook");
  } catch {
    throw new ProblemError("rate_limited", "This webhook has used up its allowance.", { headers });
  }
}

/** Whatever goes wrong before it is durable is said so that the sender tries again. */
async function received(hub: Hub, door: Door, delivery: Delivery, deps: HttpDeps) {
  try {
    return await hub.receive(door, delivery);
  } catch (error) {
    deps.logger.error({ err: error, connection: door.connection.id }, "a webhook could not be kept");
    throw new ProblemError("overloaded", "It could not be kept. Send it again.", {
      headers: { "retry-after": String(retrySeconds) },
    });
  }
}

/** The address of the sender: of the socket, or what the outermost proxy of ours saw. */
function sender(c: Context<Env>, trustedProxies: number): string | null {
  const hops = (c.req.header("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim());
  if (trustedProxies > 0) return hops.at(-trustedProxies) || null;
  // Absent where there is no socket.
  return typeof c.env === "object" && c.env !== null && "incoming" in c.env ? (getConnInfo(c).remote.address ?? null) : null;
}
