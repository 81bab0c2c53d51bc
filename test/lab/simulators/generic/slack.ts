import { z } from "zod";
import { type Context, noteEffect } from "../context.ts";
import type { SinkSecrets } from "./secrets.ts";

const Message = z.looseObject({
  text: z.string().optional(),
  blocks: z
    .array(z.looseObject({ type: z.string() }))
    .max(50)
    .optional(),
});

/** "No more than one message per second"; short bursts are let through. */
const burst = 10;
const perMessageMs = 1_000;

/** Slack's incoming webhooks: plain words for every refusal. */
export function slackWebhook(ctx: Context, { slackPath }: SinkSecrets): (request: Request) => Promise<Response> {
  let taken: number[] = [];
  const isTooMuch = (now: number): boolean => {
    taken = taken.filter((at) => at > now - burst * perMessageMs);
    return taken.length >= burst;
  };
  return async (request) => {
    if (new URL(request.url).pathname !== slackPath) return said("no_service", 404);
    const now = ctx.clock.now();
    if (isTooMuch(now)) return said("rate_limited", 429, { "retry-after": "1" });
    const message = Message.safeParse(await request.json().catch(() => null));
    if (!message.success) return said(message.error.issues[0]?.path[0] === "blocks" ? "invalid_blocks" : "invalid_payload", 400);
    const { text, blocks } = message.data;
    if (!text && !blocks) return said("no_text", 400);
    if ((text?.length ?? 0) > 40_000) return said("msg_too_long", 400);
    taken.push(now);
    const { effects } = ctx.world.generic;
    const id = String(effects.size + 1);
    ctx.world.change(() => noteEffect(ctx, effects, "message", id, { text, ...(blocks ? { blocks } : {}) }, "create"));
    return said("ok", 200);
  };
}

const said = (word: string, status: number, headers: Record<string, string> = {}): Response =>
  new Response(word, { status, headers: { "content-type": "text/html", ...headers } });
