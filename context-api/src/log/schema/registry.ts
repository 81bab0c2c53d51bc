import { Event } from "@sidelight/contracts/events/event.ts";
import { z } from "zod";

/** A form that events take, in one of its versions. What was published never changes; a change is the next version. */
export interface EventSchema {
  /** `event` for all of them, or what `data` holds for a family of types. */
  name: string;
  version: number;
  /** Types of events that it is for, as a pattern: `zendesk.ticket.comment_added`, `*.*.status_changed`. */
  types: string;
  summary: string;
  schema: z.ZodType;
}

const id = z.string();
const changed = z.looseObject({
  previous: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  current: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
});

const standing = z.looseObject({
  score: z.number().nullable(),
  band: z.string().nullable().describe("good, watch or at_risk"),
  trend: z.string().nullable().describe("rising, steady or falling"),
});

/** Open objects throughout: whoever reads a version passes over what a later one adds. */
export const eventSchemas: readonly EventSchema[] = [
  { name: "event", version: 1, types: "*", summary: "Every event, whatever its type", schema: z.looseObject(Event.shape) },
  {
    name: "record.changed",
    version: 1,
    types:
      "*.*.{imported,created,updated,deleted,status_changed,priority_changed,owner_changed,opted_out,opted_in,closed_won,closed_lost,reopened}",
    summary: "A record of a platform is new or another. `data` holds what changed where the platform told",
    schema: changed,
  },
  {
    name: "ticket.commented",
    version: 2,
    types: "zendesk.ticket.comment_added",
    summary: "Somebody wrote in a ticket",
    schema: changed.extend({
      comment: z.looseObject({ id, isPublic: z.boolean().nullable(), byStaff: z.boolean().nullable().optional() }).optional(),
    }),
  },
  {
    name: "ticket.triggered",
    version: 1,
    types: "zendesk.ticket.triggered",
    summary: "A trigger of the account's own fired at a ticket",
    schema: z.looseObject({}),
  },
  {
    name: "cohort.membership",
    version: 1,
    types: "mixpanel.user.{cohort_entered,cohort_left,*}",
    summary: "A product user entered or left a cohort; a cohort may be mapped to a word of its own, as completed_onboarding",
    schema: z.looseObject({ cohort: z.looseObject({ id, name: z.string() }).optional() }),
  },
  {
    name: "generic",
    version: 1,
    types: "generic.event.*",
    summary: "An event of the company's own, with its own data",
    schema: z.looseObject({}),
  },
  {
    name: "churn_risk.raised",
    version: 1,
    types: "customer.churn_risk.raised",
    summary: "Something says that a customer may leave: once for a ticket, and once when health turns",
    schema: z.looseObject({
      reasons: z.array(z.string()).describe("churn_words, high_priority, health_at_risk, health_falling"),
      words: z.array(z.string()).describe("Those of the configured words that were found"),
      ticket: z.string().nullable().describe("Ref of the ticket that says so"),
      causedBy: z.string().describe("Id of the event that it follows from"),
    }),
  },
  {
    name: "health.changed",
    version: 1,
    types: "customer.health.changed",
    summary: "A customer's health has another band or trend than was last known",
    schema: z.looseObject({
      customer: z.string().describe("company:… or, of no known company, person:…"),
      from: standing,
      to: standing,
      drivers: z.array(z.looseObject({ key: z.string(), points: z.number() })).describe("What weighs most, at most three"),
      causedBy: z.string().describe("Id of the event that it follows from"),
    }),
  },
];

/** JSON Schema 2020-12, with its name, version and where it stands. */
export function jsonSchemaOf({ name, version, types, summary, schema }: EventSchema): Record<string, unknown> {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io: "input" }) as Record<string, unknown>;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:sidelight:${name}:v${version}`,
    title: name,
    description: `${summary}. Types: ${types}`,
    ...(withoutPatterns(body) as Record<string, unknown>),
  };
}

/** The format says it; the pattern that goes with it is the library's own and changes with it. */
function withoutPatterns(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutPatterns);
  if (typeof node !== "object" || node === null) return node;
  const members = Object.entries(node).filter(([name]) => !(name === "pattern" && "format" in node));
  return Object.fromEntries(members.map(([name, value]) => [name, withoutPatterns(value)]));
}
