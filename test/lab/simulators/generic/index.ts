import { type Context, json } from "../context.ts";
import type { Simulator } from "../server.ts";
import { answerCards } from "./cards.ts";
import { takeEvent } from "./endpoint.ts";
import { sinkSecrets } from "./secrets.ts";
import { slackWebhook } from "./slack.ts";

/** The customer's own services: an endpoint and a Slack-like channel that routes send to, and a shop that fills cards. */
export function sinks(ctx: Context): Simulator {
  const secrets = sinkSecrets(ctx.secrets.tokenKey);
  const slack = slackWebhook(ctx, secrets);
  return {
    platform: "generic",
    tenant: ctx.world.tenant,
    async fetch(request) {
      if (request.method !== "POST") return json({ error: "POST only" }, 405);
      const { pathname } = new URL(request.url);
      if (pathname === "/cards") return await answerCards(ctx, secrets, request);
      return pathname === "/events" ? await takeEvent(ctx, secrets, request) : await slack(request);
    },
    isTokenEndpoint: () => false,
    refusals: {
      rateLimit: () => json({ error: "too many requests" }, 429, { "retry-after": "5" }),
      expireToken: () => json({ error: "not signed" }, 401),
      error: (status) => json({ error: "internal error" }, status),
    },
  };
}
