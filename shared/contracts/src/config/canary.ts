import { z } from "zod";
import { Instant } from "../context/primitives.ts";
import { ConfigValueChange, draftShape } from "./change.ts";

/** Tries a change of the routes with a part of the events, as `POST /v1/config/canaries` takes it. */
export const CanaryRequest = z
  .strictObject({
    ...draftShape,
    reason: z.string().trim().min(1).max(200).describe("Why, for the audit. No personal value"),
    share: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe(
        "Share of the customers whose events it takes: 0.1. All events of a customer's record go one way. Either share or team",
      ),
    team: z
      .string()
      .min(1)
      .max(2_000)
      .optional()
      .describe("JSONata condition for the events it takes: account.owner.name = 'Dana Fox'. Either share or team"),
    minutes: z
      .number()
      .int()
      .min(1)
      .max(7 * 24 * 60)
      .default(60)
      .describe("It has passed after this time"),
    minDeliveries: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(5)
      .describe("It is judged once so many of its deliveries have an outcome"),
    maxFailureShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe("It is rolled back when it fails by more than this share more often than the active version"),
    promote: z.boolean().default(false).describe("true activates it for all events when it has passed"),
  })
  .refine(({ text, set }) => (text === undefined) !== (set === undefined), "Set either text or set.")
  .refine(({ share, team }) => (share === undefined) !== (team === undefined), "Set either share or team.");
export type CanaryRequest = z.input<typeof CanaryRequest>;

const VersionOutcome = z.object({
  done: z.number().int(),
  failed: z.number().int().describe("Dead letters, what they block, and what waits after a failed attempt"),
  open: z.number().int().describe("Not tried yet"),
  withheld: z.number().int(),
});

export const Canary = z.object({
  id: z.string(),
  version: z.string().describe("The version that is tried"),
  base: z.string().describe("The active version, which handles all other events"),
  state: z
    .enum(["running", "passed", "promoted", "rolled_back", "stopped"])
    .describe(
      "passed: the time is over without a rollback, and the active version handles all events again. promoted: it is the active version. rolled_back: it failed too often, and its dead letters were tried again with the active version",
    ),
  message: z.string().nullable().describe("Why it ended"),
  share: z.number().nullable(),
  team: z.string().nullable(),
  minDeliveries: z.number().int(),
  maxFailureShare: z.number(),
  promote: z.boolean(),
  outcome: z
    .object({ canary: VersionOutcome, active: VersionOutcome })
    .describe("The deliveries of both versions since the start"),
  startedAt: Instant,
  endsAt: Instant.describe("When it has passed"),
  endedAt: Instant.nullable(),
});
export type Canary = z.infer<typeof Canary>;

export const StartedCanary = Canary.extend({
  changes: z.array(ConfigValueChange).describe("The differences to the active version"),
});
export type StartedCanary = z.infer<typeof StartedCanary>;

export const CanaryList = z.object({ items: z.array(Canary), nextCursor: z.string().nullable() });
