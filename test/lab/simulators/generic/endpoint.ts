import { z } from "zod";
import { type Context, json, recordEffect } from "../context.ts";
import type { SinkSecrets } from "./secrets.ts";
import { isSigned } from "./signature.ts";

/** CloudEvents 1.0: required and optional attributes. */
const CloudEvent = z.looseObject({
  specversion: z.literal("1.0"),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  subject: z.string().min(1).optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  datacontenttype: z.string().optional(),
  data: z.unknown(),
});

/** A customer's own endpoint. Accepts signed CloudEvents and counts each `webhook-id` as one event. */
export async function takeEvent(ctx: Context, { signing }: SinkSecrets, request: Request): Promise<Response> {
  const body = await request.text();
  if (!isSigned(signing, request.headers, body, ctx.clock.now())) return json({ error: "not signed" }, 401);
  if (!request.headers.get("content-type")?.startsWith("application/cloudevents+json"))
    return json({ error: "no CloudEvent" }, 415);
  const event = CloudEvent.safeParse(parsed(body));
  if (!event.success)
    return json({ error: "no CloudEvent", fields: event.error.issues.map((issue) => issue.path.join(".")) }, 400);
  const id = request.headers.get("webhook-id")!;
  const { type, subject, source, time, data } = event.data;
  const isDuplicate = ctx.world.generic.effects.get(`event:${id}`) !== undefined;
  const fields = { type, source, time, data, ...(subject === undefined ? {} : { subject }) };
  ctx.world.change(() => recordEffect(ctx, ctx.world.generic.effects, "event", id, isDuplicate ? {} : fields, "create"));
  return json({ accepted: !isDuplicate }, 202);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
