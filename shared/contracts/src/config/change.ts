import { z } from "zod";
import { Instant } from "../context/primitives.ts";
import { ConfigIssue, ConfigStatus } from "./configuration.ts";

const SetValue = z.strictObject({
  path: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(20)
    .describe(
      'Members from the tenant\'s part down: ["routing", "settings", "risk", "repeatDays"]. Items of a list are named by their id',
    ),
  value: z.unknown().optional().describe("The new value. Left out: the value is removed, and its default applies"),
});

/** What a change says: the text, or single values. */
export const draftShape = {
  base: z.string().min(1).max(40).describe("The active version that the change starts from"),
  text: z
    .string()
    .max(128 * 1024)
    .optional()
    .describe("The tenant's whole part as YAML. Either text or set"),
  set: z.array(SetValue).min(1).max(200).optional().describe("Values to change in the active version. Either text or set"),
};

/** A change of the configuration, as `POST /v1/config` takes it. */
export const ConfigChangeRequest = z
  .strictObject({
    ...draftShape,
    mode: z
      .enum(["check", "dry_run", "apply"])
      .default("check")
      .describe("check: faults and differences. dry_run: also what past events would have led to. apply: activates the change"),
    since: Instant.optional().describe("The dry run reads events since this instant; of the last 7 days when left out"),
    reason: z.string().trim().min(1).max(200).optional().describe("Why, for the audit. Needed to apply. No personal value"),
  })
  .refine(({ text, set }) => (text === undefined) !== (set === undefined), "Set either text or set.")
  .refine(({ mode, reason }) => mode !== "apply" || reason !== undefined, {
    path: ["reason"],
    message: "A change needs a reason.",
  });
export type ConfigChangeRequest = z.input<typeof ConfigChangeRequest>;

export const ConfigValueChange = z.object({
  path: z.string().describe("Where: routing.settings.risk.repeatDays"),
  previous: z.string().nullable().describe("The value as YAML; null where there is none"),
  next: z.string().nullable(),
});

/** What past events would have led to. */
export const ConfigDryRun = z.object({
  since: Instant,
  events: z.number().int().describe("Events that were read"),
  same: z.number().int().describe("Deliveries that are equal in both versions"),
  added: z.number().int(),
  removed: z.number().int(),
  changed: z.number().int(),
  isComplete: z.boolean().describe("false: there are too many events to read all. The oldest ones were read"),
  routes: z
    .array(
      z.object({
        route: z.string().nullable().describe("Id of the route; null for a derived event"),
        what: z.string().describe("Target and action, or the derived event"),
        added: z.number().int(),
        removed: z.number().int(),
        changed: z.number().int(),
        examples: z
          .array(
            z.object({
              eventId: z.string(),
              type: z.string(),
              receivedAt: Instant,
              kind: z.enum(["added", "removed", "changed"]),
              fields: z.array(z.string()).describe("Names of the members that differ; no values"),
            }),
          )
          .describe("At most five"),
      }),
    )
    .describe("Routes with a difference"),
});

/** What a change of the configuration does. */
export const ConfigChange = z.object({
  base: z.string(),
  version: z.string().nullable().describe("The version that the change leads to; null while it has faults"),
  issues: z.array(ConfigIssue).describe("Faults. A change with faults cannot be applied. Lines are those of text"),
  changes: z.array(ConfigValueChange).describe("The differences to the active version"),
  reopens: z
    .boolean()
    .describe("true: more than routing changes, so that the connections are opened again. Requests in progress finish as before"),
  dryRun: ConfigDryRun.nullable().describe("null unless mode is dry_run"),
  applied: ConfigStatus.nullable().describe("The configuration after the change; null unless mode is apply"),
});
export type ConfigChange = z.infer<typeof ConfigChange>;
