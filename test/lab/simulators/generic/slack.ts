import { z } from "zod";
import { type Context, recordEffect } from "../context.ts";
import type { SinkSecrets } from "./secrets.ts";

const Message = z.looseObject({
  text: z.string().optional(),
  blocks: z
    .array(z.looseObject({ type: z.string() }))
    .max(50)
    .optional(),
});

/** "No more than one message per second"; short bursts pass. */
const burst = 10;
const perMessageMs = 1_000;

/** Slack's incoming webhooks: plain-text errors. */
export function slackWebhook(ctx: Context, { slackPath }: SinkSecrets): (request: Request) => Promise<Response> {
  let acceptedTimes: number[] = [];
  const isTooMuch = (now: number): boolean => {
    acceptedTimes = acceptedTimes.filter((instant) => instant > now - burst * perMessageMs);
    return acceptedTimes.length >= burst;
  };
  return async (request) => {
    if (new URL(request.url).pathname !== slackPath) return textReply("no_service", 404);
    const now = ctx.clock.now();
    if (isTooMuch(now)) return textReply("rate_limited", 429, { "retry-after": "1" });
    const message = Message.safeParse(await request.json().catch(() => null));
    if (!message.success)
      return textReply(message.error.issues[0]?.path[0] === "blocks" ? "invalid_blocks" : "invalid_payload", 400);
    const { text, blocks } = message.data;
    if (!text && !blocks) return textReply("no_text", 400);
    if ((text?.length ?? 0) > 40_000) return textReply("msg_too_long", 400);
    acceptedTimes.push(now);
    const { effects } = ctx.world.generic;
    const id = String(effects.size + 1);
    ctx.world.change(() => recordEffect(ctx, effects, "message", id, { text, ...(blocks ? { blocks } : {}) }, "create"));
    return textReply("ok", 200);
  };
}

const textReply = (word: string, status: number, headers: Record<string, string> = {}): Response =>
  new Response(word, { status, headers: { "content-type": "text/html", ...headers } });
