import { z } from "zod";
import { Instant } from "../context/primitives.ts";

export const ConfigOrigin = z
  .enum(["start", "reload", "rollback", "change"])
  .describe("What activated the version. change: a person, with POST /v1/config");

/** One error in the configuration files. */
export const ConfigIssue = z.object({
  file: z.string().nullable().describe("Path of the file, relative to the folder of the main file"),
  line: z.number().int().nullable().describe("Line in that file, from 1"),
  path: z.string().nullable().describe("Where in the configuration: tenants.mycompany.routing.routes.0.when"),
  message: z.string().describe("What is wrong"),
});
export type ConfigIssue = z.infer<typeof ConfigIssue>;

/** A tenant's configuration, as `GET /v1/config` returns it. */
export const ConfigStatus = z.object({
  version: z.string().describe("The active version. Answers and deliveries name it"),
  since: Instant.describe("When it was activated"),
  origin: ConfigOrigin,
  environment: z.string().nullable().describe("Name of the overlay; null when there is none"),
  files: z.array(z.string()).describe("The files that are read, relative to the folder of the main file"),
  pinned: z
    .object({
      version: z.string().describe("The version that was rolled back to"),
      over: z.string().describe("The version of the files at the rollback"),
    })
    .nullable()
    .describe("Set after a rollback. `version` stays active until the files contain another version than `over`"),
  problem: z
    .object({ since: Instant.describe("When the error was first seen"), issues: z.array(ConfigIssue) })
    .nullable()
    .describe("Why the current files are not used. The last valid version stays active"),
  needsRestart: z.array(z.string()).describe("Changed settings that take effect only after a restart"),
});
export type ConfigStatus = z.infer<typeof ConfigStatus>;

export const ConfigVersion = z.object({
  version: z.string().describe("Name of the version, from its content"),
  since: Instant.describe("When it was last activated"),
  origin: ConfigOrigin,
});
export type ConfigVersion = z.infer<typeof ConfigVersion>;

export const ConfigVersionList = z.object({ items: z.array(ConfigVersion), nextCursor: z.string().nullable() });

export const ConfigVersionText = ConfigVersion.extend({
  text: z.string().describe("The tenant's part as YAML, with all defaults and default routes written out"),
});
export type ConfigVersionText = z.infer<typeof ConfigVersionText>;
