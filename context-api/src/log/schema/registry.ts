import { Event } from "@sidelight/contracts/events/event.ts";
import { ChangedValues, type EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";

const HealthState = z.looseObject({
  score: z.number().nullable(),
  band: z.string().nullable().describe("good, watch or at_risk"),
  trend: z.string().nullable().describe("rising, steady or falling"),
});

const CausedBy = z.string().describe("Id of the event that caused this one");

const fieldDecision = {
  customer: z.string().describe("person:… or company:…"),
  field: z.string().describe("Name of the field in the configuration"),
  rule: z.string().describe("authority, newest, longest or manual"),
};
const fieldValue = {
  value: z
    .union([z.string(), z.number(), z.boolean(), z.null()])
    .optional()
    .describe("The value; email or phone for these types"),
  email: z.union([z.string(), z.null()]).optional(),
  phone: z.union([z.string(), z.number(), z.null()]).optional(),
};

/** Schemas of events that all platforms share, and of events that Sidelight derives. Published in `published/`. */
export const coreEventSchemas: readonly EventSchema[] = [
  { name: "event", version: 1, types: "*", summary: "Members of every event", schema: z.looseObject(Event.shape) },
  {
    name: "record.changed",
    version: 1,
    types:
      "*.*.{imported,created,updated,deleted,status_changed,priority_changed,owner_changed,opted_out,opted_in,closed_won,closed_lost,reopened}",
    summary: "A record of a platform is new or has changed. `data` contains the changed value when the platform reports it",
    schema: ChangedValues,
  },
  {
    name: "churn_risk.raised",
    version: 2,
    types: "customer.churn_risk.raised",
    summary:
      "A customer may churn: by a ticket, a rating, or a health score that fell. A ticket raises it again only for a graver cause",
    schema: z.looseObject({
      reasons: z
        .array(z.string())
        .describe("churn_words, high_priority, escalated, reopened, bad_rating, health_at_risk, health_falling"),
      words: z.array(z.string()).describe("Configured churn words that were found"),
      ticket: z.string().nullable().describe("Ref of the ticket; null when a rating or the health caused it"),
      customer: z.string().nullable().optional().describe("company:…, or person:…; null for an unknown customer"),
      cause: z.string().optional().describe("The gravest of the reasons"),
      why: z.array(z.string()).optional().describe("The reasons in sentences, without text of the customer"),
      isAlert: z.boolean().optional().describe("True when the account's value, or the cause, is worth an alert"),
      isRepeat: z
        .boolean()
        .optional()
        .describe("True when the customer's team was already alerted to this cause or to one that weighs as much"),
      causedBy: CausedBy,
    }),
  },
  {
    name: "health.fell",
    version: 1,
    types: "customer.health.fell",
    summary: "A customer's health score lost a band and many points, and did not recover",
    schema: z.looseObject({
      customer: z.string().describe("company:…, or person:… for a person without a company"),
      from: z.looseObject({ score: z.number(), band: z.string() }),
      to: HealthState,
      startedAt: z.string().describe("When the fall began"),
      drivers: z
        .array(
          z.looseObject({
            key: z.string(),
            value: z.union([z.number(), z.string()]).nullable(),
            points: z.number(),
            cap: z.number().nullable(),
          }),
        )
        .describe("Up to three drivers: those that limit the score, then those with the most points"),
      causedBy: CausedBy,
    }),
  },
  {
    name: "figures.changed",
    version: 1,
    types: "customer.figures.changed",
    summary:
      "The support and usage figures of a company differ from those that were reported last. Only with mapped account fields",
    schema: z.looseObject({
      customer: z.string().describe("company:…"),
      openTickets: z.number().nullable(),
      highestPriority: z.string().nullable(),
      satisfaction: z.number().nullable().describe("Share of good ratings, 0–1"),
      lastActiveAt: z.string().nullable(),
      sessions30d: z.number().nullable(),
      health: z.number().nullable(),
    }),
  },
  {
    name: "field.flowed",
    version: 1,
    types: "customer.field.flowed",
    summary: "The value of a field goes from one platform to others that have another one",
    schema: z.looseObject({
      ...fieldDecision,
      from: z.string().describe("The platform whose value it is"),
      to: z.array(z.string()).describe("The platforms that are written to"),
      isChange: z.boolean().describe("False when these platforms lacked a value that was agreed before"),
      ...fieldValue,
    }),
  },
  {
    name: "field.conflict_opened",
    version: 1,
    types: "customer.field.conflict_opened",
    summary: "Platforms have different values of a field, and a person has to decide",
    schema: z.looseObject({
      ...fieldDecision,
      conflict: z.string().describe("Id of the conflict"),
      cause: z.string().describe("changed, no_base or returns"),
      platforms: z.array(z.string()),
    }),
  },
  {
    name: "field.conflict_resolved",
    version: 1,
    types: "customer.field.conflict_resolved",
    summary: "It was decided which value of a field is right",
    schema: z.looseObject({
      ...fieldDecision,
      customer: fieldDecision.customer.nullable(),
      conflict: z.string().describe("Id of the conflict"),
      by: z.string().describe("rule, person or agreement"),
      from: z.string().nullable().optional().describe("The platform whose value was taken; null for a value that a person wrote"),
      to: z.array(z.string()).optional().describe("The platforms that are written to"),
      ...fieldValue,
    }),
  },
  {
    name: "identity.decided",
    version: 1,
    types: "identity.*",
    summary: "A decision about who is who: linked, unlinked, merged, split, dismissed or undone",
    schema: z.looseObject({
      decision: z.string().describe("Id of the decision"),
      effect: z.string().nullable().describe("together, model, apart, split or distinct; null for an undo"),
      sides: z.array(z.array(z.string())).describe("Refs of the records of both sides"),
      actor: z.looseObject({ kind: z.string().describe("person or model"), id: z.string(), role: z.string().nullable() }),
      confidence: z.number().nullable().describe("Of the model, 0–1; null for a person"),
      modelVersion: z.string().nullable(),
    }),
  },
  {
    name: "health.changed",
    version: 1,
    types: "customer.health.changed",
    summary: "The band or trend of a customer's health has changed",
    schema: z.looseObject({
      customer: z.string().describe("company:…, or person:… for a person without a company"),
      from: HealthState,
      to: HealthState,
      drivers: z
        .array(z.looseObject({ key: z.string(), points: z.number() }))
        .describe("Up to three drivers with the most points"),
      causedBy: CausedBy,
    }),
  },
];

/** The schemas of the server and of its platforms. */
export const eventSchemasOf = (platforms: readonly Pick<Platform, "eventSchemas">[]): readonly EventSchema[] => [
  ...coreEventSchemas,
  ...platforms.flatMap(({ eventSchemas }) => eventSchemas ?? []),
];

/** JSON Schema 2020-12 of an event schema, with an id that contains its name and version. */
export function jsonSchemaOf({ name, version, types, summary, schema }: EventSchema): Record<string, unknown> {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io: "input" }) as Record<string, unknown>;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:sidelight:${name}:v${version}`,
    title: name,
    description: `${summary}. Types: ${types}`,
    ...(withoutFormatPatterns(body) as Record<string, unknown>),
  };
}

/** Removes patterns of formats: the format is sufficient, and the pattern changes with the library. */
function withoutFormatPatterns(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutFormatPatterns);
  if (typeof node !== "object" || node === null) return node;
  const members = Object.entries(node).filter(([name]) => !(name === "pattern" && "format" in node));
  return Object.fromEntries(members.map(([name, value]) => [name, withoutFormatPatterns(value)]));
}
