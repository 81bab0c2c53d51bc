import { z } from "zod";
import { Instant } from "../context/primitives.ts";

export const qualityDimensions = ["completeness", "consistency", "duplicates", "freshness"] as const;
export const QualityDimension = z.enum(qualityDimensions);
export type QualityDimension = z.infer<typeof QualityDimension>;

const Score = z
  .number()
  .min(0)
  .max(100)
  .nullable()
  .describe("0 to 100, one decimal; null when there is nothing to measure, for example no field that two platforms have");

const Share = z.number().min(0).max(1);

/** One kind of fault in the data, with all records that have it. */
export const QualityProblem = z.object({
  id: z.string().describe("Names the problem in every measurement: completeness/salesforce/contact/phone"),
  dimension: QualityDimension,
  connection: z
    .string()
    .nullable()
    .describe("Id of the connection; null for a difference between connections, and for suggestions"),
  object: z.string().nullable().describe("Object of the platform: contact; null where the connection is null"),
  field: z.string().nullable().describe("Name of the field; null when the problem is not about one"),
  count: z.number().int().describe("Records or customers that have the problem; pairs, for suggestions"),
  share: Share.describe("Their part of all that were checked"),
  nextAction: z.string().describe("What to do next"),
  examples: z.array(z.string()).describe("Refs of up to five records that have it. Deleted records are left out"),
});
export type QualityProblem = z.infer<typeof QualityProblem>;

const DimensionScore = z.object({
  score: Score,
  previous: Score.describe("Of the measurement in comparedWith; null without one"),
});

/** The quality of all data of a tenant, as it was measured last. */
export const Quality = z.object({
  measuredAt: Instant,
  comparedWith: Instant.nullable().describe("The measurement with which it is compared: the newest that is at least a week old"),
  score: Score.describe(
    "Weighted: completeness 40 %, consistency 30 %, duplicates 20 %, freshness 10 %; without dimensions that have no score",
  ),
  previousScore: Score,
  counts: z.object({
    people: z.number().int(),
    companies: z.number().int(),
    records: z.number().int(),
    possibleDuplicates: z
      .object({
        people: z.number().int().describe("Pairs of people that may be one"),
        companies: z.number().int().describe("Pairs of companies that may be one"),
      })
      .nullable()
      .describe("Open suggestions of the matching. They cost no points. null in a measurement of an earlier release"),
  }),
  dimensions: z.record(QualityDimension, DimensionScore),
  fields: z.array(
    z.object({
      connection: z.string(),
      object: z.string(),
      field: z.string(),
      filled: z.number().int(),
      total: z.number().int().describe("Records of the object"),
    }),
  ),
  differences: z.array(
    z.object({
      kind: z.enum(["person", "company"]),
      field: z.string(),
      compared: z.number().int().describe("Customers for which at least two connections have a value"),
      differing: z.number().int(),
    }),
  ),
  problems: z.array(QualityProblem).describe("What costs most points first, at most 50"),
});
export type Quality = z.infer<typeof Quality>;

/** The quality of one customer's records. Values are masked by role. */
export const CustomerQuality = z.object({
  ref: z.string(),
  id: z.string().describe("Id of the customer"),
  kind: z.enum(["person", "company"]),
  score: Score,
  dimensions: z.record(QualityDimension, Score),
  records: z.array(
    z.object({
      ref: z.string(),
      connection: z.string(),
      filled: z.array(z.string()).describe("Names of the fields that have a value"),
      missing: z
        .array(z.string())
        .describe(
          "Fields that have none, although another record of the customer has a value and records of this object can have one",
        ),
      changedAt: Instant.nullable(),
      observedAt: Instant,
      isStale: z.boolean().describe("True when the value is older than its limit"),
    }),
  ),
  differences: z.array(z.object({ field: z.string(), values: z.array(z.object({ ref: z.string(), value: z.string() })) })),
  duplicates: z
    .array(z.array(z.string()))
    .describe("Groups of refs: records of one object of one connection that are the same customer"),
  nextActions: z.array(z.string()),
  masked: z.array(z.string()).describe("JSON pointers of the values that the role may not see"),
});
export type CustomerQuality = z.infer<typeof CustomerQuality>;

const Change = z.object({
  id: z.string().describe("score, a dimension, or the id of a problem"),
  text: z.string().describe("The change in one sentence"),
  previous: z.number().nullable(),
  current: z.number().nullable(),
});

/** What became better or worse since the last measurement that is at least a week old. */
export const QualityReport = z.object({
  from: Instant.nullable().describe("The earlier measurement; null when there is none"),
  to: Instant,
  score: Score,
  previousScore: Score,
  better: z.array(Change),
  worse: z.array(Change),
  problems: z.array(QualityProblem),
});
export type QualityReport = z.infer<typeof QualityReport>;
