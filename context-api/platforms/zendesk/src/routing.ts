import type { RecordData } from "@sidelight/model/records.ts";
import type { SettingsShape } from "@sidelight/platform-kit/settings.ts";
import { z } from "zod";

const TicketField = z.strictObject({
  id: z.number().int().positive(),
  type: z.enum(["text", "integer", "decimal", "date", "checkbox"]),
});

/** Routing settings of the default routes in defaultRoutes.yaml. */
export const routingSettings: SettingsShape = {
  /** Custom ticket fields to fill when a ticket is created, by numeric id. */
  ticketFields: z.partialRecord(z.enum(["accountValue", "lastActive", "sessions30d", "health"]), TicketField).default({}),
  onboarding: {
    /** Tag for the Zendesk user of a person who completed onboarding. */
    userTag: z.string().min(1).default("onboarded"),
  },
};

const instant = "2026-11-20T09:00:00.000Z";

/** Complete records for the check of routes. */
export const samples: Record<string, RecordData> = {
  ticket: {
    kind: "ticket",
    subject: "Export fails",
    status: "open",
    priority: "high",
    createdAt: instant,
    updatedAt: instant,
    solvedAt: instant,
    resolutionMinutes: 90,
    isEscalated: true,
    assignee: { id: "1", name: "Mia Agent" },
    replies: { count: 1, lastAt: instant },
  },
  user: {
    kind: "person",
    name: "Sam Sample",
    emails: ["sam@example.com"],
    phones: ["+14155550100"],
    title: "Engineer",
    optedOut: false,
  },
  organization: {
    kind: "company",
    name: "Example",
    domains: ["example.com"],
    owner: { id: "1", name: "Rae Rep", email: "rae@example.com", kind: "user" },
    arr: { amount: 60_000, currency: "EUR" },
    plan: "gold",
    stage: "Customer",
    renewalDate: "2027-01-31",
    nextStep: "Call",
    notMapped: [],
  },
  rating: { kind: "rating", score: "good", at: instant },
  survey: { kind: "rating", score: "good", at: instant, via: "survey" },
};
