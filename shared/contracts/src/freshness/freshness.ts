import { z } from "zod";
import { Instant } from "../context/primitives.ts";

const Part = z.number().min(0).max(1);

export const freshnessCauses = ["webhook", "pull", "failing", "sign_in", "not_running"] as const;

const Cause = z
  .enum(freshnessCauses)
  .describe(
    "How late facts arrived: by webhook or pull. Why data was behind in a minute: webhook and pull: the last ones were that long ago; failing: calls fail; sign_in: the platform refuses the sign-in; not_running: Sidelight was stopped",
  );
export type FreshnessCause = z.infer<typeof Cause>;

const Counts = z.object({
  total: z.number().int(),
  young: z.number().int().describe("Those within the target"),
  share: Part.nullable().describe("null when there was nothing to measure"),
});

const Rate = z
  .number()
  .nullable()
  .describe("1 uses exactly the whole budget in the window of the objective; null when nothing was measured");

const Offender = z.object({
  cause: Cause,
  lateFacts: z.number().int().describe("Facts that were older than the target at their arrival"),
  minutesBehind: z.number().int().describe("Minutes in which the data was older than the target"),
});

export const FreshnessObjective = z.object({
  connection: z.string().describe("Id of the connection"),
  platform: z.string(),
  data: z.string().describe("Object of the platform: ticket"),
  youngerThan: z.string().describe("The target: 2m"),
  share: Part.describe("The part of the facts, and of the minutes, that has to be younger"),
  windowDays: z.number().int(),
  isDefault: z.boolean().describe("True when the configuration does not name it"),
  state: z
    .enum(["met", "burning", "missed", "no_data"])
    .describe("burning: met so far, and the budget is used so fast that an alert is due"),
  attainment: Part.nullable().describe("The lower of both shares over the window"),
  facts: Counts.describe("Facts that arrived, without those of the first import"),
  minutes: Counts.describe("Minutes that were measured, whether facts arrived or not"),
  budgetLeft: z
    .number()
    .nullable()
    .describe("Part of the allowed rest that is left: 1 all of it, below 0 when more was used. null when nothing was measured"),
  burnRate: z.object({ fiveMinutes: Rate, hour: Rate, sixHours: Rate, threeDays: Rate, window: Rate }),
  ages: z
    .array(z.object({ upTo: z.string().describe("30s, 5m, …; more for all above a day"), facts: z.number().int() }))
    .describe("Facts of the window by their age at arrival. Each is counted once, at the lowest bound that holds it"),
  causes: z.array(Offender).describe("Largest first"),
  worstHours: z.array(Offender.extend({ hour: Instant })).describe("Up to five hours of the window, largest first"),
  streams: z
    .array(
      z.object({
        name: z.string(),
        coveredUntil: Instant.nullable().describe("Every change up to here is stored"),
        problem: z.string().nullable(),
      }),
    )
    .describe("What pulls the data, as it is now"),
});
export type FreshnessObjective = z.infer<typeof FreshnessObjective>;

/** How old data is when Sidelight gets it, against its objectives. Sums only. */
export const Freshness = z.object({
  measuredAt: Instant,
  since: Instant.nullable().describe("The first hour that was measured; null before it. A window that is longer is not full yet"),
  objectives: z.array(FreshnessObjective).describe("Least budget first"),
  worst: z
    .array(Offender.extend({ connection: z.string(), data: z.string() }))
    .describe("What used most of all budgets, at most ten"),
});
export type Freshness = z.infer<typeof Freshness>;
