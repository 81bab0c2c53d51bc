import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** Routes past events to one target again, as `POST /v1/events/replay` takes it. */
export const ReplayRequest = z
  .strictObject({
    to: z.string().min(1).max(60).describe("Id of the target connection"),
    route: z.string().min(1).max(80).optional().describe("Id of a route to the target; all its routes when left out"),
    type: z.string().min(1).max(80).optional().describe("Only events of this type: zendesk.ticket.created"),
    source: z.string().min(1).max(40).optional().describe("Only events of this platform: zendesk"),
    since: Instant.describe(
      "Only events that were received at this instant or later. Of history: objects that were created since",
    ),
    until: Instant.optional().describe("Only events that were received before this instant"),
    history: z
      .boolean()
      .default(false)
      .describe("true includes what backfills imported: each object counts as created, with the customer's data as of now"),
    again: z
      .boolean()
      .default(false)
      .describe(
        "true also sends deliveries that have ended again, under their former ids and with what the routes make of the event now. Fields are written again. A platform that has the note, the record or the event of that id gets no second one",
      ),
    perMinute: z.number().int().min(1).max(6_000).default(60).describe("Deliveries that are created in a minute, at most"),
    preview: z.boolean().default(false).describe("true says what would be sent, and sends nothing"),
  })
  .describe("Past events to route again");
export type ReplayRequest = z.input<typeof ReplayRequest>;

export const ReplayCounts = z.object({
  events: z.number().int().describe("Events that a route takes"),
  deliveries: z.number().int().describe("Deliveries that they lead to"),
  repeated: z.number().int().describe("Of the deliveries, those that were made before"),
  skipped: z
    .record(z.string(), z.number().int())
    .describe(
      "Events that lead to no delivery, by reason: duplicate (made before), waiting, withheld, superseded (a newer event wrote to the record), misconfigured, and the reasons of a trace",
    ),
});
export type ReplayCounts = z.infer<typeof ReplayCounts>;

/** What a replay would send. */
export const ReplayPreview = ReplayCounts.extend({
  routes: z
    .array(
      z.object({
        route: z.string().describe("Id of the route"),
        action: z.string().describe("The platform's action"),
        deliveries: z.number().int(),
        repeated: z.number().int(),
      }),
    )
    .describe("The deliveries by route"),
  examples: z
    .array(z.object({ eventId: z.string(), type: z.string(), receivedAt: Instant, route: z.string() }))
    .describe("The first deliveries, at most five"),
  isComplete: z
    .boolean()
    .describe("false: there are too many events to read all for a preview. The counts are of the oldest ones"),
  readThrough: Instant.nullable().describe("When the last event that was read was received; null without an event"),
  minutes: z.number().int().describe("How long the deliveries take at perMinute, at least"),
});
export type ReplayPreview = z.infer<typeof ReplayPreview>;

/** A replay that was started. */
export const Replay = z.object({
  id: z.string().describe("Id of the replay"),
  to: z.string().describe("Id of the target connection"),
  route: z.string().nullable(),
  type: z.string().nullable(),
  source: z.string().nullable(),
  since: Instant,
  until: Instant.nullable(),
  history: z.boolean(),
  again: z.boolean(),
  perMinute: z.number().int(),
  state: z
    .enum(["running", "done", "stopped", "failed"])
    .describe("failed: the reason is in message. Deliveries that were created are sent in every state"),
  message: z.string().nullable().describe("Why it failed, and what to do"),
  progress: z.number().min(0).max(1).describe("Share of the log that was read"),
  counts: ReplayCounts,
  startedAt: Instant,
  updatedAt: Instant,
  endedAt: Instant.nullable(),
});
export type Replay = z.infer<typeof Replay>;

export const ReplayList = z.object({ items: z.array(Replay), nextCursor: z.string().nullable() });
