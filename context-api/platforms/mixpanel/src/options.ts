import { isTimeZone } from "@sidelight/model/calendar.ts";
import { attributeFields } from "@sidelight/platform-kit/attributes.ts";
import { consentFields } from "@sidelight/platform-kit/consent.ts";
import { secretName } from "@sidelight/platform-kit/settings.ts";
import { z } from "zod";

const Milestone = z.strictObject({
  /** Profile property that is true, or the time at which the step was reached. */
  property: z.string().optional(),
  /** Event of entering a cohort, as the webhook's `cohorts` name it. */
  event: z.string().optional(),
});

/** Mixpanel derives these from an IP address: they say where a device was, and not where a person lives. */
export const derivedPlaces: readonly string[] = ["$city", "$region", "$country_code"];
const attribute = z
  .string()
  .min(1)
  .refine((name) => !derivedPlaces.includes(name), "is derived from an IP address and no postal address: leave it out");

/** Settings of a connection to one Mixpanel project. */
export const MixpanelOptions = z.strictObject({
  projectId: z.union([z.number().int(), z.string()]).transform(String),
  region: z.enum(["us", "eu", "in"]).default("us"),
  /** Override the regional hosts, for a proxy or a test. */
  queryUrl: z.url().optional(),
  exportUrl: z.url().optional(),
  ingestUrl: z.url().optional(),
  appUrl: z.url().optional(),
  auth: z.strictObject({ username: z.string(), secret: secretName({ description: "the secret of the service account" }) }),
  /** Needed to write events and profiles. Without it only events can be written, by a service account that is owner or admin. */
  token: secretName({ description: "the project's token" }).optional(),
  /**
   * `UTC` for a project created since 2023. Time zone of the project for an older one: its exports have days and times in it. Without it
   * Sidelight finds the days by trying, and takes the times for UTC.
   */
  projectTimeZone: z.string().refine(isTimeZone, "Use an IANA time zone, as in America/Los_Angeles.").optional(),
  /** Mixpanel's limit for the query and export APIs. */
  queriesPerHour: z.number().int().positive().default(60),
  /** Events that Sidelight may send in a calendar month of the project's time zone. Those above it wait for the next month. */
  eventsPerMonth: z.number().int().positive().nullable().default(null),
  pullEverySeconds: z.number().positive().default(1800),
  /** Events that arrive up to this many days late are counted. */
  lateDays: z.number().int().min(1).max(30).default(3),
  mapping: z
    .strictObject({
      email: z.string().default("$email"),
      name: z.string().default("$name"),
      phone: z.string().nullable().default("$phone"),
      ...attributeFields({ givenName: "$first_name", familyName: "$last_name", field: attribute }),
      /** Profile properties (boolean) that are true when a person withdrew consent, by purpose. One without a purpose is about analytics. */
      optOut: consentFields({ analytics: ["opted_out"] }, () => "analytics"),
      sessionEvent: z.string().default("$session_start"),
      feature: z
        .strictObject({ event: z.string(), property: z.string() })
        .prefault({ event: "Feature Used", property: "feature" }),
      funnel: z
        .strictObject({ name: z.string(), steps: z.array(z.string()).min(1) })
        .prefault({ name: "Onboarding", steps: ["Signed Up", "Project Created", "Teammate Invited", "Onboarding Completed"] }),
      /** What else confirms a step of the funnel, for people who reached it before the first event that was read. */
      milestones: z
        .record(z.string(), Milestone)
        .default({ "Onboarding Completed": { property: "onboarded", event: "completed_onboarding" } }),
    })
    .prefault({}),
});
export type MixpanelOptions = z.infer<typeof MixpanelOptions>;

/** Mixpanel's hosts by region of the project's data. */
export function hosts(options: MixpanelOptions): { query: string; export: string; ingest: string; app: string } {
  const suffix = options.region === "us" ? "" : options.region;
  const app = suffix ? `https://${suffix}.mixpanel.com` : "https://mixpanel.com";
  return {
    query: options.queryUrl ?? app,
    export: options.exportUrl ?? (suffix ? `https://data-${suffix}.mixpanel.com` : "https://data.mixpanel.com"),
    ingest: options.ingestUrl ?? (suffix ? `https://api-${suffix}.mixpanel.com` : "https://api.mixpanel.com"),
    app: options.appUrl ?? app,
  };
}
