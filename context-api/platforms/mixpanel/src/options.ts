import { z } from "zod";

/** Settings of a connection to one Mixpanel project. */
export const MixpanelOptions = z.strictObject({
  projectId: z.union([z.number().int(), z.string()]).transform(String),
  region: z.enum(["us", "eu", "in"]).default("us"),
  /** Override the regional hosts, for a proxy or a test. */
  queryUrl: z.url().optional(),
  exportUrl: z.url().optional(),
  ingestUrl: z.url().optional(),
  appUrl: z.url().optional(),
  auth: z.strictObject({ username: z.string(), secret: z.string().describe("Name of the service account's secret") }),
  /** Needed to write events and profiles. Without it only events can be written, by a service account that is owner or admin. */
  token: z.string().optional().describe("Name of the secret: the project's token"),
  /** Mixpanel's limit for the query and export APIs. */
  queriesPerHour: z.number().int().positive().default(60),
  pullEverySeconds: z.number().positive().default(1800),
  /** Events that arrive up to this many days late are counted. */
  lateDays: z.number().int().min(1).max(30).default(3),
  mapping: z
    .strictObject({
      email: z.string().default("$email"),
      name: z.string().default("$name"),
      phone: z.string().nullable().default("$phone"),
      /** Profile property (boolean) that is true when a person opted out of analysis. */
      optOut: z.string().nullable().default("opted_out"),
      sessionEvent: z.string().default("$session_start"),
      feature: z
        .strictObject({ event: z.string(), property: z.string() })
        .prefault({ event: "Feature Used", property: "feature" }),
      funnel: z
        .strictObject({ name: z.string(), steps: z.array(z.string()).min(1) })
        .prefault({ name: "Onboarding", steps: ["Signed Up", "Project Created", "Teammate Invited", "Onboarding Completed"] }),
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
