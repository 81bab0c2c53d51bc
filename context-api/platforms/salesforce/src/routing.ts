import type { PersonData, RecordData } from "@sidelight/model/records.ts";
import type { SettingsShape } from "@sidelight/platform-kit/settings.ts";
import { z } from "zod";

const FieldName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, "must be a field's API name")
  .nullable()
  .default(null);

/** JSONata: a ticket of high priority, or with a churn word. */
const caseCondition = `record.priority in ["high", "urgent"] or
  $count(settings.risk.churnWords.*[$contains(
    $lowercase($$.event.interaction.description ? $$.event.interaction.description : $$.record.subject), $)]) > 0`;

/** Routing settings of the default routes in defaultRoutes.yaml. */
export const routingSettings: SettingsShape = {
  risk: {
    /** User who gets the task when a queue owns the account. */
    fallbackOwnerId: z.string().nullable().default(null),
    /** Days from the event until the task is due. */
    dueInDays: z.number().int().min(0).max(90).default(1),
  },
  case: {
    /** JSONata condition for new tickets that create a case. */
    when: z.string().default(caseCondition),
  },
  /** Account fields to update with the company's support and usage. A field without a name is not updated. */
  accountFields: z
    .strictObject({
      openTickets: FieldName,
      highestPriority: FieldName,
      /** Percent of good ratings. */
      satisfaction: FieldName,
      /** A date. */
      lastActive: FieldName,
      sessions30d: FieldName,
      health: FieldName,
    })
    .prefault({}),
  onboarding: {
    /** New status of the lead of a person who completed onboarding. */
    leadStatus: z.string().min(1).default("Working - Contacted"),
  },
};

const instant = "2026-11-20T09:00:00.000Z";
const amount = { amount: 60_000, currency: "EUR" };

const person: PersonData = {
  kind: "person",
  name: "Sam Sample",
  givenName: "Sam",
  familyName: "Sample",
  emails: ["sam@example.com"],
  phones: ["+14155550100"],
  title: "Engineer",
  optedOut: false,
};

/** Complete records for the check of routes. */
export const samples: Record<string, RecordData> = {
  account: {
    kind: "company",
    name: "Example",
    domains: ["example.com"],
    owner: { id: "1", name: "Rae Rep", email: "rae@example.com", kind: "user" },
    arr: amount,
    plan: "gold",
    stage: "Customer",
    renewalDate: "2027-01-31",
    nextStep: "Call",
    notMapped: [],
  },
  contact: person,
  lead: { ...person, createdAt: instant, company: "Example", leadSource: "Web" },
  opportunity: {
    kind: "opportunity",
    name: "Renewal",
    stage: "Closed Won",
    amount,
    closeDate: "2026-11-20",
    nextStep: "Call",
    state: "won",
    createdAt: instant,
  },
  task: { kind: "activity", type: "Call", subject: "Call Sam", at: instant },
  event: { kind: "activity", type: "Meeting", subject: "Kick-off", at: instant },
  case: {
    kind: "case",
    subject: "Export fails",
    status: "New",
    priority: "High",
    createdAt: instant,
    closedAt: instant,
  },
};
