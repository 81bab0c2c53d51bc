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
  /** Whom it speaks of, and so whose consent it needs: the person, or their company, which needs none. */
  about: z.enum(["person", "company"]).default("person"),
  onFailure: OnFailure.default("continue"),
  enabled: z.boolean().default(true),
  /** True leaves it out where its connection can't do it, without a word. */
  optional: z.boolean().default(false),
});
export type RouteConfig = z.infer<typeof RouteConfig>;

const TicketField = z.strictObject({
  id: z.number().int().positive(),
  type: z.enum(["text", "integer", "decimal", "date", "checkbox"]),
});

/** API name of a field in Salesforce. */
const accountField = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, "a field's API name")
  .nullable()
  .default(null);

const churnWords: Record<string, string[]> = {
  en: ["cancel", "terminate", "switch to", "competitor", "refund", "not renew"],
  de: ["kündig", "wechseln zu", "mitbewerber", "erstattung", "nicht verlängern"],
  fr: ["résili", "passer à la concurrence", "rembours", "ne pas renouveler"],
  es: ["cancelar", "darnos de baja", "competencia", "reembols", "no renovar"],
};

/** JSONata: urgent, or speaking of leaving. */
const caseWhen = `record.priority in ["high", "urgent"] or
  $count(settings.risk.churnWords.*[$contains(
    $lowercase($$.event.interaction.description ? $$.event.interaction.description : $$.record.subject), $)]) > 0`;

/** What the default routes ask to be told. */
export const RoutingSettings = z.strictObject({
  /** Custom fields of Zendesk tickets that are filled when one is created, by their numeric id. */
  ticketFields: z.partialRecord(z.enum(["accountValue", "lastActive", "sessions30d", "health"]), TicketField).default({}),
  risk: z
    .strictObject({
      /** A risk is worth telling above this account value, whatever its currency. */
      accountAbove: z.number().nonnegative().default(50_000),
      /** Beginnings and words that say somebody is about to leave, by language. A language that isn't named keeps ours; [] silences it. */
      churnWords: z
        .record(z.string(), z.array(z.string().trim().min(1)))
        .default({})
        .transform((own) => ({ ...churnWords, ...own })),
      /** Salesforce user who is given the task where a queue owns the account. */
      fallbackOwnerId: z.string().nullable().default(null),
      /** Days from the event until the task is due. */
      dueInDays: z.number().int().min(0).max(90).default(1),
    })
    .prefault({}),
  case: z
    .strictObject({
      /** JSONata: which new tickets become a case. */
      when: z.string().default(caseWhen),
    })
    .prefault({}),
  /** Fields of Salesforce accounts that are kept up to date with the company's tickets. None where no name is given. */
  accountFields: z.strictObject({ openTickets: accountField, highestPriority: accountField }).prefault({}),
  onboarding: z
    .strictObject({
      /** Given to the lead of somebody who has completed onboarding. */
      leadStatus: z.string().min(1).default("Working - Contacted"),
      /** Added to their Zendesk user. */
      userTag: z.string().min(1).default("onboarded"),
    })
    .prefault({}),
  /** Mixpanel's group key for companies; the group's id is the Salesforce account's. */
  groupKey: z.string().min(1).max(255).default("company"),
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
