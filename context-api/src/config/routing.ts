import { z } from "zod";

const word = z.string().regex(/^[a-z][A-Za-z0-9-]{0,59}$/, "a name of letters, digits and dashes");
const eventType = z
  .string()
  .regex(/^[a-z*][a-z0-9_*]*(\.[a-z*][a-z0-9_*]*){2}$/, "an event's type, as in zendesk.ticket.created or zendesk.ticket.*");

/** What happens when a write is given up. */
export const OnFailure = z.enum([
  /** The others go on. */
  "continue",
  /** What follows for the same customer waits until a person has retried it. */
  "hold",
  /** The same, and an alert calls for that person. */
  "review",
]);
export type OnFailure = z.infer<typeof OnFailure>;

export const RouteConfig = z.strictObject({
  id: word,
  /** Types of events that it takes. */
  on: z.union([eventType, z.array(eventType).min(1)]).transform((on) => (Array.isArray(on) ? on : [on])),
  /** JSONata: true lets an event through. All of them where it is left out. */
  when: z.string().optional(),
  /** A connection of this tenant. */
  to: z.string(),
  /** What is done there: one of the platform's actions. */
  do: z.string(),
  /** A transform by name, or JSONata written here: what the action is given. */
  with: z.string(),
  /** JSONata that names the effect: a second event of the same name does nothing. By the event where it is left out. */
  oncePer: z.string().optional(),
  onFailure: OnFailure.default("continue"),
  enabled: z.boolean().default(true),
});
export type RouteConfig = z.infer<typeof RouteConfig>;

const TicketField = z.strictObject({
  id: z.number().int().positive(),
  type: z.enum(["text", "integer", "decimal", "date", "checkbox"]),
});

/** What the default routes ask to be told. */
export const RoutingSettings = z.strictObject({
  /** Custom fields of Zendesk tickets that are filled when one is created, by their numeric id. */
  ticketFields: z.partialRecord(z.enum(["accountValue", "lastActive", "sessions30d", "health"]), TicketField).default({}),
  risk: z
    .strictObject({
      /** A risk is worth telling above this account value, whatever its currency. */
      accountAbove: z.number().nonnegative().default(50_000),
      /** Words that say somebody is about to leave, by language. Lower case. */
      churnWords: z.record(z.string(), z.array(z.string())).default({
        en: ["cancel", "cancellation", "terminate", "switch to", "competitor", "refund", "not renew"],
        de: ["kündig", "kündigung", "wechseln zu", "erstattung", "nicht verlängern"],
      }),
      /** Salesforce user who is given the task where a queue owns the account. */
      fallbackOwnerId: z.string().nullable().default(null),
    })
    .prefault({}),
  case: z
    .strictObject({
      /** JSONata: which new tickets become a case. */
      when: z.string().default("false"),
    })
    .prefault({}),
});
export type RoutingSettings = z.infer<typeof RoutingSettings>;

export const RoutingConfig = z.strictObject({
  /** The routes that come with Sidelight; each can be switched off or replaced by its id. */
  defaults: z.boolean().default(false),
  settings: RoutingSettings.prefault({}),
  /** JSONata by name. */
  transforms: z.record(word, z.string()).default({}),
  routes: z.array(RouteConfig).default([]),
});
export type RoutingConfig = z.infer<typeof RoutingConfig>;
