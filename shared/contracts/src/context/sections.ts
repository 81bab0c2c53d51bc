import { z } from "zod";
import { Day, Instant, InstantOrDay, JsonPointer, Link, Money, Ref } from "./primitives.ts";

export const SectionName = z.enum(["account", "support", "product", "health", "timeline", "notes"]);
export type SectionName = z.infer<typeof SectionName>;
export const sectionNames = SectionName.options;

export const SectionState = z
  .enum(["ok", "pending", "stale", "partial", "error", "forbidden", "consent_withheld", "not_connected", "empty"])
  .describe(
    "pending: the platform had not answered at the deadline; stale: the value is older than its limit; partial: some records could not be read; consent_withheld: the person opted out of the purpose that the section serves",
  );
export type SectionState = z.infer<typeof SectionState>;

/** The origin of one fact. */
export const Provenance = z.object({
  record: Ref.describe("The record that contains the fact"),
  changedAt: Instant.nullable().describe("The source's own modification time"),
  observedAt: Instant.describe("The last instant at which the source is known to have had this value"),
  rule: z.string().describe("How the fact was computed: a mapped field, or a named calculation"),
  event: z.string().nullable().describe("Id of the event that recorded it"),
  link: z.string().nullable().describe("The record in its platform's user interface"),
});
export type Provenance = z.infer<typeof Provenance>;

/** The failure of a section's source, beside its value: the state follows the age of the value. The message can be shown to people. */
export const SectionProblem = z.object({
  code: z
    .enum(["timeout", "unavailable", "rate_limited", "invalid_credentials", "quota_exhausted"])
    .describe("quota_exhausted: the connection's own rate limit is used up"),
  message: z.string().describe("What went wrong, in words"),
  since: Instant.nullable().describe("When the platform last answered; null when it never did"),
  retryAt: Instant.nullable().describe("Do not retry before this instant"),
});
export type SectionProblem = z.infer<typeof SectionProblem>;

/** Why a value in `data` is null: `not_mapped`, no field is mapped to it; `none_set`, the mapped field is empty at the source. */
export const AbsentReason = z.enum(["not_mapped", "none_set"]);
export type AbsentReason = z.infer<typeof AbsentReason>;

export const Owner = z.object({
  id: z.string().describe("The platform's id of the owner"),
  name: z.string().nullable().describe("Name of the owner"),
  kind: z.enum(["user", "queue"]).describe("A person, or a queue of people"),
  email: z.string().nullable().describe("E-mail address of the owner"),
});

/** Totals of a company and its direct and indirect subsidiaries. Amounts are given for each currency. */
export const Rollup = z.object({
  accounts: z.number().int().describe("Number of companies, this one included"),
  arr: z.array(Money).describe("Annual recurring revenue, one amount for each currency"),
  openTickets: z.number().int().describe("Tickets that are new, open, pending or on hold"),
  sessions30d: z.number().int().nullable().describe("Session events in 30 days; null when no product use is known"),
  notCounted: z.number().int().optional().describe("People who opted out of analytics; their sessions are not counted"),
  subsidiaries: z
    .array(z.object({ id: Ref, name: z.string().nullable(), arr: Money.nullable() }))
    .max(10)
    .describe("The first ten by name"),
});
export type Rollup = z.infer<typeof Rollup>;

/** Values of the tenant's mapped fields that a layout shows, by name, from the platform that owns each. */
export const MappedFields = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable())
  .describe("Mapped fields that layouts name, from the platform that owns them. Absent when no layout names one of this section");
export type MappedFields = z.infer<typeof MappedFields>;

export const AccountData = z.object({
  id: z.string().nullable().describe("The CRM's id of the account"),
  name: z.string().nullable().describe("Name of the account"),
  owner: Owner.nullable().describe("Who owns the account"),
  arr: Money.nullable().describe("Annual recurring revenue"),
  plan: z.string().nullable().describe("Plan or edition"),
  stage: z.string().nullable().describe("Stage of the account in the customer life cycle"),
  renewalDate: Day.nullable().describe("Day of the next renewal"),
  nextStep: z.string().nullable().describe("Next step, as the owner wrote it"),
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
    .describe("Open opportunities, nearest close date first"),
  activities: z
    .array(z.object({ kind: z.string(), subject: z.string().nullable(), at: InstantOrDay, link: z.string().nullable() }))
    .max(3)
    .describe("Activities, newest first"),
  meetings: z
    .array(z.object({ kind: z.string(), subject: z.string().nullable(), at: InstantOrDay, link: z.string().nullable() }))
    .max(3)
    .optional()
    .describe("What is planned: activities with a time or a day in the future, nearest first"),
  rollup: Rollup.nullable().optional().describe("Null for a person, and for a company without subsidiaries"),
  fields: MappedFields.optional(),
});
export type AccountData = z.infer<typeof AccountData>;

export const TicketStatus = z.enum(["new", "open", "pending", "hold", "solved", "closed"]);
export const TicketPriority = z.enum(["low", "normal", "high", "urgent"]);

/** More unsolved tickets than a page needs to leave one of them out of its counts. */
export const maxUnsolved = 100;

export const SupportData = z.object({
  new: z.number().int().describe("New tickets"),
  open: z.number().int().describe("Open tickets"),
  pending: z.number().int().describe("Tickets that wait for the customer"),
  hold: z.number().int().describe("Tickets on hold"),
  oldestOpenAt: Instant.nullable().describe("Creation of the oldest ticket that is new, open, pending or on hold"),
  highestPriority: TicketPriority.nullable().describe("Of the tickets that are not solved or closed"),
  csat: z
    .object({
      good: z.number().int().describe("Good ratings"),
      bad: z.number().int().describe("Bad ratings"),
      score: z.number().min(0).max(1).nullable().describe("good / (good + bad), null when there is no rating"),
      days: z.number().int().describe("Length of the time window"),
    })
    .nullable()
    .describe("Customer satisfaction"),
  medianResolutionHours: z
    .number()
    .nullable()
    .describe("Calendar hours from creation to full resolution, over all stored tickets"),
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
        resolutionHours: z.number().nullable().optional().describe("Calendar hours from creation to full resolution"),
        assignee: z
          .object({
            id: z.string().describe("The platform's id of the agent"),
            name: z.string().nullable().describe("Null until the platform names the agent"),
          })
          .nullable()
          .optional()
          .describe("The agent who works on it; null for an unassigned ticket; absent when that is not known"),
        lastReplyAt: Instant.nullable()
          .optional()
          .describe("The last public reply of an agent; null when there is none yet; absent when that is not known"),
        link: z.string().nullable(),
      }),
    )
    .max(5)
    .describe("Open tickets first, then by the newest update"),
  unsolved: z
    .array(
      z.object({
        id: z.string(),
        status: TicketStatus,
        priority: TicketPriority.nullable(),
        createdAt: Instant,
      }),
    )
    .max(maxUnsolved)
    .optional()
    .describe("The tickets that are new, open, pending or on hold, oldest first: to leave the one on screen out of the counts"),
  fields: MappedFields.optional(),
});
export type SupportData = z.infer<typeof SupportData>;

export const ProductData = z.object({
  lastActiveAt: Instant.nullable().describe("Last use of the product"),
  sessions30d: z
    .number()
    .int()
    .nullable()
    .describe("Session events in the last 30 days, today included, in the tenant's time zone"),
  trend: z
    .enum(["rising", "steady", "falling", "new", "inactive"])
    .nullable()
    .describe("Sessions of the last 15 days compared with the 15 days before"),
  daily: z.array(z.number().int()).length(30).nullable().describe("Sessions a day, oldest first, today last"),
  features: z
    .array(z.object({ name: z.string(), share: z.number().min(0).max(1) }))
    .max(5)
    .describe("Most used features, with their share of feature use in the last 30 days"),
  funnel: z
    .object({
      name: z.string(),
      step: z.string().nullable(),
      steps: z.array(
        z.object({
          name: z.string(),
          done: z.boolean().nullable().describe("Null when it is unknown: the step may lie before the first event that was read"),
        }),
      ),
    })
    .nullable()
    .describe("Progress in the configured funnel; `step` is the last step done"),
  activeUsers30d: z.number().int().nullable().describe("People with at least one session in 30 days; null for a person"),
  notCounted: z
    .number()
    .int()
    .optional()
    .describe("People of the company who opted out of analytics: their use is in none of the figures. Absent for a person"),
  fields: MappedFields.optional(),
});
export type ProductData = z.infer<typeof ProductData>;

export const HealthBand = z.enum(["good", "watch", "at_risk"]);
export const HealthData = z.object({
  score: z
    .number()
    .min(0)
    .max(100)
    .nullable()
    .describe(
      "Null when inputs worth less than half of the weight are known, and while a source of the score is withheld, missing or late",
    ),
  band: HealthBand.nullable().describe("The score in words"),
  trend: z
    .enum(["rising", "steady", "falling"])
    .nullable()
    .describe(
      "The score compared with that of four weeks before, as `history` has it: rising or falling by at least 5 points, otherwise steady. Null when the earlier score is not known",
    ),
  history: z
    .array(z.object({ day: Day.describe("In the tenant's time zone"), score: z.number().min(0).max(100) }))
    .max(13)
    .optional()
    .describe(
      "The score as today's records give it for the days before: one a week, oldest first, the present score last. Absent without a score, or when nothing earlier is known",
    ),
  base: z.number().optional().describe("The score before any input: score = base + points, within the caps and 0 to 100"),
  drivers: z.array(
    z.object({
      key: z.string().describe("usage_trend, last_active, csat, open_tickets, urgent_tickets, renewal, onboarding"),
      weight: z.number().min(0).max(1).describe("Share of the score that this input decides"),
      value: z.union([z.number(), z.string()]).nullable().describe("The input itself: days, a share, a count"),
      days: z
        .number()
        .int()
        .nullable()
        .optional()
        .describe("Length of the period that the value is about; null for a value of now"),
      points: z.number().describe("Points added to, or taken from, a neutral score of 50"),
      cap: z
        .number()
        .nullable()
        .optional()
        .describe(
          "The highest score that this input allows, as an overdue renewal or a long absence; null when it sets no limit",
        ),
      link: z.string().describe("The section with the evidence: #support"),
    }),
  ),
  missing: z
    .array(z.object({ key: z.string(), weight: z.number(), reason: z.string() }))
    .describe("Inputs without a value. Their weight is not given to the others"),
  provisional: z.boolean().describe("True when more than 20 % of the weight has no value"),
});
export type HealthData = z.infer<typeof HealthData>;

export const TimelineItem = z.object({
  id: z.string().describe("Id of the item"),
  at: InstantOrDay.describe("When it happened; a calendar day when the source records no time"),
  source: z.string().describe("Name of the platform"),
  kind: z
    .string()
    .describe(
      "What happened: ticket_created, ticket_solved, rating_good, rating_bad, opportunity_created, opportunity_won, opportunity_lost, activity, case_opened, case_closed, product_milestone",
    ),
  title: z
    .string()
    .describe("What it happened to: the subject of a ticket, of the rated ticket, of an activity; the name of a deal or a step"),
  detail: z
    .string()
    .nullable()
    .describe("Of a new ticket or case its priority, of a closed case its status, of a deal its stage, of an activity its type"),
  record: Ref.describe("The record it comes from"),
  link: z.string().nullable().describe("The record in its platform's user interface"),
});
export type TimelineItem = z.infer<typeof TimelineItem>;
export const TimelineData = z.object({
  items: z.array(TimelineItem).max(20).describe("Newest first"),
  gaps: z
    .array(z.object({ source: z.string(), reason: z.string(), from: Instant.nullable(), to: Instant.nullable() }))
    .describe("Time ranges in which a source could not be read"),
});
export type TimelineData = z.infer<typeof TimelineData>;

export const Note = z.object({
  id: z.string().describe("Id of the note"),
  at: Instant.describe("When it was written"),
  author: z.string().nullable().describe("Name of the person who wrote it; null when it is not known, as for an API key"),
  authorRef: Ref.nullable().describe("The author's own record at their platform: zendesk.user:7"),
  role: z.string().describe("The author's role"),
  body: z.string().describe("Plain text, at most 4,000 characters"),
  pinned: z.boolean().describe("True for a note that is shown before the others, to everybody"),
});
export type Note = z.infer<typeof Note>;

export const NotesData = z.object({
  items: z.array(Note).max(20).describe("Pinned ones first, then the newest. Those of a person's company are among them"),
});
export type NotesData = z.infer<typeof NotesData>;

const section = <T extends z.ZodType>(data: T) =>
  z.object({
    source: z.string().nullable().describe("The platform that owns the section; null for a section that Sidelight computes"),
    state: SectionState,
    changedAt: Instant.nullable().describe("The source's own modification time"),
    observedAt: Instant.nullable().describe("When the source was last known to have these values. Compute ages from it"),
    freshUntil: Instant.nullable().describe("Until this instant the values need no refresh"),
    staleAt: Instant.nullable().describe("From this instant the state is stale, unless the source is observed again"),
    data: data.nullable().describe("Null when there is no value to show; see state and problem"),
    provenance: z.record(JsonPointer, Provenance).describe("The origin of each fact, by JSON pointer into data"),
    absent: z.record(JsonPointer, AbsentReason).describe("Why a value in data is null, by JSON pointer"),
    masked: z.array(JsonPointer).describe("Values that are masked for your role, as JSON pointers into data"),
    links: z.array(Link).describe("Links to the platform's user interface"),
    problem: SectionProblem.nullable().describe(
      "Why the value is old or missing, or why the source fails while the value is still current",
    ),
  });

/** A section of any name. What its `data` contains is described by the deployment that registered it. */
export const AnySection = section(z.unknown());
export type AnySection = z.infer<typeof AnySection>;

const KnownSections = z.object({
  account: section(AccountData).optional(),
  support: section(SupportData).optional(),
  product: section(ProductData).optional(),
  health: section(HealthData).optional(),
  timeline: section(TimelineData).optional(),
  notes: section(NotesData).optional(),
});

/**
 * The sections of an answer by name. A deployment can register more, which the schema accepts: ignore those you do not know, and
 * read the others with {@link sectionNamed}. The type lists the known ones.
 */
export const Sections = KnownSections.catchall(AnySection) as unknown as typeof KnownSections;
export type Sections = z.infer<typeof KnownSections>;
export type Section<N extends SectionName = SectionName> = NonNullable<Sections[N]>;

/** A section by its name, also one that a deployment registered. */
export const sectionNamed = (sections: Sections, name: string): AnySection | undefined =>
  (sections as Record<string, AnySection | undefined>)[name];
