import { z } from "zod";
import { Day, Instant, JsonPointer, Link, Money, Ref } from "./primitives.ts";

export const SectionName = z.enum(["account", "support", "product", "health", "timeline", "notes"]);
export type SectionName = z.infer<typeof SectionName>;
export const sectionNames = SectionName.options;

export const SectionState = z.enum([
  "ok",
  "pending",
  "stale",
  "partial",
  "error",
  "forbidden",
  "consent_withheld",
  "not_connected",
  "empty",
]);
export type SectionState = z.infer<typeof SectionState>;

/** Where one fact comes from. */
export const Provenance = z.object({
  record: Ref.describe("The record that holds the fact"),
  changedAt: Instant.nullable().describe("The source's own modification time"),
  observedAt: Instant.describe("The last instant at which the source is known to have held this value"),
  rule: z.string().describe("How the fact was made: a mapped field, or a named calculation"),
  event: z.string().nullable().describe("The event in the log that recorded it"),
  link: z.string().nullable().describe("The record in its platform's user interface"),
});
export type Provenance = z.infer<typeof Provenance>;

/** What went wrong with a section, in words that may be shown. */
export const SectionProblem = z.object({
  code: z.enum(["timeout", "unavailable", "rate_limited", "invalid_credentials", "quota_exhausted"]),
  message: z.string(),
  since: Instant.nullable().describe("When the platform was last known to answer, or null"),
  retryAt: Instant.nullable().describe("Not before this instant does another attempt make sense"),
});
export type SectionProblem = z.infer<typeof SectionProblem>;

/** Why a value in `data` is null: nobody mapped a field to it, or the mapped field is empty at the source. */
export const AbsentReason = z.enum(["not_mapped", "none_set"]);
export type AbsentReason = z.infer<typeof AbsentReason>;

export const Owner = z.object({
  id: z.string(),
  name: z.string().nullable(),
  kind: z.enum(["user", "queue"]),
  email: z.string().nullable(),
});

/** A company with its subsidiaries, direct and indirect. Amounts stay apart by currency. */
export const Rollup = z.object({
  accounts: z.number().int().describe("How many, this one included"),
  arr: z.array(Money),
  openTickets: z.number().int(),
  sessions30d: z.number().int().nullable().describe("Null when no use is known"),
  subsidiaries: z
    .array(z.object({ id: Ref, name: z.string().nullable(), arr: Money.nullable() }))
    .max(10)
    .describe("By name; more are counted, not listed"),
});
export type Rollup = z.infer<typeof Rollup>;

export const AccountData = z.object({
  id: z.string().nullable(),
  name: z.string().nullable(),
  owner: Owner.nullable(),
  arr: Money.nullable(),
  plan: z.string().nullable(),
  stage: z.string().nullable(),
  renewalDate: Day.nullable(),
  nextStep: z.string().nullable(),
  opportunities: z
    .array(
      z.object({
        id: z.string(),
        name: z.string().nullable(),
        stage: z.string().nullable(),
        amount: Money.nullable(),
        closeDate: Day.nullable(),
        link: z.string().nullable(),
      }),
    )
    .max(3)
    .describe("Open ones, the nearest close date first"),
  activities: z
    .array(z.object({ kind: z.string(), subject: z.string().nullable(), at: Instant, link: z.string().nullable() }))
    .max(3)
    .describe("Newest first"),
  rollup: Rollup.nullable().optional().describe("Null for a person, and for a company without subsidiaries"),
});
export type AccountData = z.infer<typeof AccountData>;

export const TicketStatus = z.enum(["new", "open", "pending", "hold", "solved", "closed"]);
export const TicketPriority = z.enum(["low", "normal", "high", "urgent"]);

export const SupportData = z.object({
  new: z.number().int(),
  open: z.number().int(),
  pending: z.number().int(),
  hold: z.number().int(),
  oldestOpenAt: Instant.nullable().describe("Creation of the oldest ticket that is new, open, pending or on hold"),
  highestPriority: TicketPriority.nullable().describe("Among tickets that are not solved or closed"),
  csat: z
    .object({
      good: z.number().int(),
      bad: z.number().int(),
      score: z.number().min(0).max(1).nullable().describe("good / (good + bad), null when nobody rated"),
      days: z.number().int(),
    })
    .nullable(),
  medianResolutionHours: z.number().nullable().describe("Calendar hours from creation to full resolution, all tickets held"),
  tickets: z
    .array(
      z.object({
        id: z.string(),
        subject: z.string().nullable(),
        status: TicketStatus,
        priority: TicketPriority.nullable(),
        createdAt: Instant,
        updatedAt: Instant.nullable(),
        requester: z.string().nullable(),
        link: z.string().nullable(),
      }),
    )
    .max(5)
    .describe("Open ones first, then the newest update"),
});
export type SupportData = z.infer<typeof SupportData>;

export const ProductData = z.object({
  lastActiveAt: Instant.nullable(),
  sessions30d: z
    .number()
    .int()
    .nullable()
    .describe("Session events in the last 30 days, today included, in the tenant's time zone"),
  trend: z
    .enum(["rising", "steady", "falling", "new", "inactive"])
    .nullable()
    .describe("The last 15 days' sessions against the 15 before"),
  daily: z.array(z.number().int()).length(30).nullable().describe("Sessions a day, the oldest first, today last"),
  features: z
    .array(z.object({ name: z.string(), share: z.number().min(0).max(1) }))
    .max(5)
    .describe("Share of feature use in the last 30 days"),
  funnel: z
    .object({ name: z.string(), step: z.string().nullable(), steps: z.array(z.object({ name: z.string(), done: z.boolean() })) })
    .nullable(),
  activeUsers30d: z.number().int().nullable().describe("People with at least one session in 30 days; null for a person"),
});
export type ProductData = z.infer<typeof ProductData>;

export const HealthBand = z.enum(["good", "watch", "at_risk"]);
export const HealthData = z.object({
  score: z.number().min(0).max(100).nullable(),
  band: HealthBand.nullable(),
  trend: z.enum(["rising", "steady", "falling"]).nullable(),
  drivers: z.array(
    z.object({
      key: z.string().describe("usage_trend, last_active, csat, open_tickets, urgent_tickets, renewal, onboarding"),
      weight: z.number().min(0).max(1).describe("Share of the score that this input decides"),
      value: z.union([z.number(), z.string()]).nullable().describe("The input itself: days, a share, a count"),
      points: z.number().describe("Points it adds to or takes from a neutral 50"),
      link: z.string().describe("The section that holds the evidence, as #support"),
    }),
  ),
  missing: z.array(z.object({ key: z.string(), weight: z.number(), reason: z.string() })),
  provisional: z.boolean().describe("True when inputs of more than 20 % weight are missing"),
});
export type HealthData = z.infer<typeof HealthData>;

export const TimelineItem = z.object({
  id: z.string(),
  at: Instant,
  source: z.string(),
  kind: z.string().describe("ticket_created, ticket_solved, rating, opportunity_closed, activity, product_milestone …"),
  title: z.string(),
  detail: z.string().nullable(),
  record: Ref,
  link: z.string().nullable(),
});
export type TimelineItem = z.infer<typeof TimelineItem>;
export const TimelineData = z.object({
  items: z.array(TimelineItem).max(20).describe("Newest first"),
  gaps: z.array(z.object({ source: z.string(), reason: z.string(), from: Instant.nullable(), to: Instant.nullable() })),
});
export type TimelineData = z.infer<typeof TimelineData>;

export const NotesData = z.object({
  items: z.array(z.object({ id: z.string(), at: Instant, author: z.string(), text: z.string(), pinned: z.boolean() })),
});
export type NotesData = z.infer<typeof NotesData>;

const section = <T extends z.ZodType>(data: T) =>
  z.object({
    source: z.string().nullable().describe("The platform that owns it; null when it is our own"),
    state: SectionState,
    changedAt: Instant.nullable(),
    observedAt: Instant.nullable(),
    freshUntil: Instant.nullable(),
    staleAt: Instant.nullable().describe("From this instant on the state is stale, unless it is observed again"),
    data: data.nullable(),
    provenance: z.record(JsonPointer, Provenance).describe("By JSON pointer into data"),
    absent: z.record(JsonPointer, AbsentReason).describe("Why a value in data is null, by JSON pointer"),
    masked: z.array(JsonPointer).describe("Values in data that your role sees masked"),
    links: z.array(Link),
    problem: SectionProblem.nullable(),
  });

export const Sections = z.object({
  account: section(AccountData).optional(),
  support: section(SupportData).optional(),
  product: section(ProductData).optional(),
  health: section(HealthData).optional(),
  timeline: section(TimelineData).optional(),
  notes: section(NotesData).optional(),
});
export type Sections = z.infer<typeof Sections>;
export type Section<N extends SectionName = SectionName> = NonNullable<Sections[N]>;
