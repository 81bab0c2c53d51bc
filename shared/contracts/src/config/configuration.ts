import { z } from "zod";
import { Instant } from "../context/primitives.ts";

export const ConfigOrigin = z.enum(["start", "reload", "rollback"]).describe("How it came into use");

/** One thing that is wrong with the files. */
export const ConfigIssue = z.object({
  file: z.string().nullable().describe("From the main file's folder"),
  line: z.number().int().nullable(),
  path: z.string().nullable().describe("tenants.mycompany.routing.routes.0.when"),
  message: z.string(),
});
export type ConfigIssue = z.infer<typeof ConfigIssue>;

/** A tenant's configuration as `GET /v1/config` tells of it. */
export const ConfigStatus = z.object({
  version: z.string().describe("In use: answers and deliveries name it"),
  since: Instant,
  origin: ConfigOrigin,
  environment: z.string().nullable().describe("Name of the overlay"),
  files: z.array(z.string()).describe("What it is read from, from the main file's folder"),
  pinned: z
    .object({ version: z.string(), over: z.string() })
    .nullable()
    .describe("Rolled back to `version`, which stays until the files say something else than `over`"),
  problem: z
    .object({ since: Instant, issues: z.array(ConfigIssue) })
    .nullable()
    .describe("Why the files as they stand are not in use; the last good ones are"),
  needsRestart: z.array(z.string()).describe("What the files say since the start and only a restart puts to use"),
});
export type ConfigStatus = z.infer<typeof ConfigStatus>;

export const ConfigVersion = z.object({
  version: z.string(),
  since: Instant.describe("When it was last put to use"),
  origin: ConfigOrigin,
});
export type ConfigVersion = z.infer<typeof ConfigVersion>;

export const ConfigVersionList = z.object({ items: z.array(ConfigVersion), nextCursor: z.string().nullable() });

export const ConfigVersionText = ConfigVersion.extend({
  text: z.string().describe("YAML of the tenant's part, defaults and default routes written out"),
});
export type ConfigVersionText = z.infer<typeof ConfigVersionText>;
