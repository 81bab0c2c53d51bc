import type { RecordData } from "@sidelight/model/records.ts";
import type { SettingsShape } from "@sidelight/platform-kit/settings.ts";
import { z } from "zod";

/** Routing settings of the default routes in defaultRoutes.yaml. */
export const routingSettings: SettingsShape = {
  /** Mixpanel's group key for companies. The group's id is the Salesforce account's id. */
  groupKey: z.string().min(1).max(255).default("company"),
};

const instant = "2026-11-20T09:00:00.000Z";

/** Complete records for the check of routes. */
export const samples: Record<string, RecordData> = {
  user: {
    kind: "person",
    name: "Sam Sample",
    emails: ["sam@example.com"],
    phones: ["+14155550100"],
    title: "Engineer",
    optedOut: false,
  },
  usage: {
    kind: "usage",
    lastActiveAt: instant,
    days: { "2026-11-20": { events: 12, sessions: 2, features: { Reports: 3 } } },
    funnel: { "Signed Up": instant },
  },
  membership: {
    kind: "membership",
    cohort: { id: "4711", name: "Power users" },
    isIn: true,
    enteredAt: instant,
    session: "sample",
  },
};
