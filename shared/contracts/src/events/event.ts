import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** Whom an event is about, as far as the store knows. Personal values are masked by role. */
export const EventCustomer = z.object({
  id: z.string().describe("person:… or company:…"),
  email: z.string().nullable(),
  company: z.string().nullable().describe("Name of the company"),
});

export const Interaction = z.object({
  type: z.string(),
  priority: z.string().nullable(),
  category: z.string().nullable(),
  description: z.string().nullable(),
});

/** Something that happened, once, as the log holds it. */
export const Event = z.object({
  eventId: z.string(),
  eventType: z.string().describe("platform.object.what: zendesk.ticket.created"),
  timestamp: Instant.describe("The source's own time"),
  receivedAt: Instant,
  sequence: z.number().int().describe("Its place in the tenant's log"),
  tenant: z.string(),
  schemaVersion: z.number().int(),
  correlationId: z.string(),
  source: z.object({
    platform: z.string(),
    connection: z.string(),
    objectType: z.string(),
    objectId: z.string().nullable().describe("Null once the subject was erased or the content let go of"),
    sourceEventId: z.string().nullable().describe("A keyed hash of the source's own id; null for a change we found ourselves"),
  }),
  customer: EventCustomer.nullable(),
  interaction: Interaction.nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type Event = z.infer<typeof Event>;

export const EventList = z.object({ items: z.array(Event), nextCursor: z.string().nullable() });

/** Where an event has got to, in order. */
export const EventStage = z.object({
  stage: z.enum([
    "received",
    "authenticated",
    "parsed",
    "appended",
    "matched",
    "projected",
    "derived",
    "routed",
    "delivered",
    "confirmed",
    "seen",
  ]),
  at: Instant.nullable(),
  /**
   * For `matched` the rule, for `projected` what became of the record, for `derived` what follows from it, for `routed`,
   * `delivered` and `confirmed` (the target tells of it itself) the route and its target.
   */
  detail: z.string().nullable(),
  /** For `seen`: zendesk or salesforce. */
  panel: z.string().nullable(),
});
export type EventStage = z.infer<typeof EventStage>;

/** What was known of the customer when the event came: computed from the log up to it, never stored. */
export const EventContext = z.object({
  previousTickets: z.number().int().nullable(),
  accountValue: z.object({ amount: z.number(), currency: z.string() }).nullable(),
  lastProductUsage: Instant.nullable(),
});

export const EventWithStory = Event.extend({ context: EventContext.nullable(), story: z.array(EventStage) });
export type EventWithStory = z.infer<typeof EventWithStory>;
