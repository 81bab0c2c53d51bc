import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** The model that scores pairs of records. */
export const IdentityModel = z.object({
  version: z.string().describe("Version that is used"),
  source: z.enum(["shipped", "fitted"]).describe("fitted: estimated from the records of this tenant"),
  fittedAt: Instant.nullable().describe("When it was fitted; null for the shipped model"),
  pairs: z.number().int().nullable().describe("Pairs that it was fitted to"),
  comparisons: z.array(
    z.object({
      name: z.string().describe("What is compared: name"),
      levels: z.array(
        z.object({
          label: z.string().describe("How well it agrees"),
          m: z.number().describe("Probability of this level among records of one customer"),
          u: z.number().describe("Probability of this level among records of different customers"),
          weight: z.number().describe("log2(m / u)"),
        }),
      ),
    }),
  ),
  mode: z
    .enum(["suggest", "link"])
    .describe("suggest: a person decides about every link; link: the model links what is certain enough, and suggests the rest"),
  thresholds: z.object({
    automatic: z.number().describe("Confidence from which the model links on its own, in the mode link"),
    suggest: z.number().describe("Confidence from which a link is suggested"),
  }),
  versions: z
    .array(z.object({ version: z.string(), source: z.enum(["shipped", "fitted"]), fittedAt: Instant.nullable() }))
    .describe("All versions, newest first"),
});
export type IdentityModel = z.infer<typeof IdentityModel>;
