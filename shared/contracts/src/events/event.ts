import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** The customer of an event, as the store knows it today. Personal values are masked by role. */
export const EventCustomer = z.object({
  id: z.string().describe("person:… or company:…"),
  email: z.string().nullable().describe("First e-mail address of a person"),
  company: z.string().nullable().describe("Name of the company"),
});

export const Interaction = z.object({
  type: z.string().describe("ticket, comment, …"),
  priority: z.string().nullable().describe("low, normal, high or urgent"),
  category: z.string().nullable().describe("The platform's own category: question, incident"),
  description: z.string().nullable().describe("Subject and first text, shortened"),
});

/** One event of the log. */
export const Event = z.object({
  eventId: z.string().describe("evt_ and a ULID"),
  eventType: z.string().describe("platform.object.change: zendesk.ticket.created"),
  timestamp: Instant.describe("When it happened, by the platform's clock"),
  receivedAt: Instant.describe("When this API received it"),
  sequence: z.number().int().describe("Position in the tenant's log"),
  tenant: z.string().describe("Name of the tenant"),
  schemaVersion: z.number().int().describe("Version of the event's schema"),
  correlationId: z.string().describe("The same for everything that one request, webhook or pull caused"),
  source: z.object({
    platform: z.string().describe("Name of the platform: zendesk"),
    connection: z.string().describe("Id of the connection"),
    objectType: z.string().describe("Kind of the object: ticket"),
    objectId: z
      .string()
      .nullable()
      .describe("The platform's id of the object; null once the customer was erased or the payload expired"),
    sourceEventId: z
      .string()
      .nullable()
      .describe(
        "The platform's own id of the event, as the platform's logs show it. Null when the platform gives none, for a change that a pull found, and for events stored by an earlier release",
      ),
  }),
  customer: EventCustomer.nullable().describe("Null when no customer is known"),
  interaction: Interaction.nullable().describe("What a person said or did; null for other events"),
  data: z.record(z.string(), z.unknown()).describe("The rest of the event, by its schema in /asyncapi.json"),
});
export type Event = z.infer<typeof Event>;

/** An event of a list. One whose content cannot be read does not hide the others. */
export const ListedEvent = Event.extend({
  problem: z.string().optional().describe("Why the content is missing; absent when the event is complete"),
});
export type ListedEvent = z.infer<typeof ListedEvent>;

export const EventList = z.object({ items: z.array(ListedEvent), nextCursor: z.string().nullable() });

/** One step of an event through the system. */
export const EventStage = z.object({
  stage: z
    .enum([
      "received",
      "verified",
      "parsed",
      "appended",
      "matched",
      "projected",
      "derived",
      "routed",
      "not_routed",
      "delivered",
      "confirmed",
      "seen",
    ])
    .describe(
      "derived: another event follows from it; confirmed: the target platform reported the written record itself; seen: a panel showed the change",
    ),
  at: Instant.nullable().describe("When the stage was reached"),
  detail: z
    .string()
    .nullable()
    .describe(
      "matched: the rule; projected: whether the record changed; derived: the type of the derived event; routed, delivered and confirmed: the route and its target; not_routed: the route and why it made no delivery",
    ),
  panel: z.string().nullable().describe("For seen: zendesk or salesforce"),
});
export type EventStage = z.infer<typeof EventStage>;

/** The customer's state when the event arrived. It is computed from the log up to the event and never stored. */
export const EventContext = z.object({
  previousTickets: z.number().int().nullable().describe("Tickets of the customer before this event"),
  accountValue: z
    .object({ amount: z.number(), currency: z.string() })
    .nullable()
    .describe("Annual recurring revenue of the account"),
  lastProductUsage: Instant.nullable().describe("Last use of the product"),
});

/** What a route made of an event. */
export const RouteOutcome = z.object({
  route: z.string().nullable().describe("Id of the route; null for all routes of the event's type"),
  outcome: z
    .string()
    .describe(
      "The state of the delivery (waiting, done, dead_letter, blocked, withheld), or why there is none: condition_false, no_link (the customer has no record at the target), unchanged (nothing to write), duplicate (an earlier event made the delivery), echo (our own write), loop (routes that cause each other), already_alerted, disabled, imported (history), already_known (no newer version of the record)",
    ),
  detail: z.string().describe("The outcome in words"),
  deliveryId: z.string().nullable(),
});
export type RouteOutcome = z.infer<typeof RouteOutcome>;

export const EventWithTrace = Event.extend({
  context: EventContext.nullable().describe("Null when no customer was known"),
  trace: z.array(EventStage).describe("The stages that the event has reached, in order"),
  routes: z
    .array(RouteOutcome)
    .describe("What each route of the event's type made of it, as decided then. Reasons are kept for 30 days"),
});
export type EventWithTrace = z.infer<typeof EventWithTrace>;
