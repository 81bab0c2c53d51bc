import { z } from "zod";

// Events API v2: https://developer.pagerduty.com/docs/send-alert-event

const routingKey = z.string().length(32);
const dedupKey = z.string().min(1).max(255);

const Trigger = z.strictObject({
  routing_key: routingKey,
  event_action: z.literal("trigger"),
  dedup_key: dedupKey.optional(),
  payload: z.strictObject({
    summary: z.string().min(1).max(1_024),
    source: z.string().min(1),
    severity: z.enum(["critical", "error", "warning", "info"]),
    timestamp: z.iso.datetime({ offset: true }).optional(),
    component: z.string().optional(),
    group: z.string().optional(),
    class: z.string().optional(),
    custom_details: z.record(z.string(), z.unknown()).optional(),
  }),
  images: z.array(z.strictObject({ src: z.string(), href: z.string().optional(), alt: z.string().optional() })).optional(),
  links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
  client: z.string().optional(),
  client_url: z.url().optional(),
});

/** What ends an incident, or says that somebody works on it, names it by its key. */
const Follow = z.object({ routing_key: routingKey, event_action: z.enum(["acknowledge", "resolve"]), dedup_key: dedupKey });

export const PagerDutyEvent = z.union([Trigger, Follow]);
export type PagerDutyEvent = z.infer<typeof PagerDutyEvent>;

/** Answers as the service does. */
export function answerOf(payload: unknown): { status: number; body: object; event: PagerDutyEvent | null } {
  const action = typeof payload === "object" && payload !== null && "event_action" in payload ? payload.event_action : null;
  const event = (action === "trigger" ? Trigger : Follow).safeParse(payload);
  if (!event.success) {
    const errors = event.error.issues.map(({ path, message }) => `'${path.join(".")}' is invalid: ${message}`);
    return { status: 400, body: { status: "invalid event", message: "Event object is invalid", errors }, event: null };
  }
  const body = { status: "success", message: "Event processed", dedup_key: event.data.dedup_key ?? "generated" };
  return { status: 202, body, event: event.data };
}
