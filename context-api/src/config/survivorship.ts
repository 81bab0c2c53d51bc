import { z } from "zod";
import { didYouMean } from "./didYouMean.ts";
import type { ConfigIssue } from "./issues.ts";

export const SurvivorshipRule = z.enum([
  /** The record of the platform that comes first. */
  "sourceRank",
  /** The record that was changed last at its source. */
  "newest",
  /** The longest text. */
  "longest",
  /** The record with most values. */
  "mostComplete",
]);
export type SurvivorshipRule = z.infer<typeof SurvivorshipRule>;

const FieldRule = z.strictObject({
  rule: SurvivorshipRule.default("sourceRank"),
  /** Platforms by precedence; the others follow in the order of their sections. Of other rules, it decides between equal records. */
  platforms: z.array(z.string()).max(100).default([]),
});

/** A field's rule. The name of a rule alone is enough. */
const Field = z.preprocess((value) => (typeof value === "string" ? { rule: value } : value), FieldRule).prefault({});

/** Which record's value a customer is shown with, when several have one. */
export const SurvivorshipConfig = z
  .strictObject({
    person: z.strictObject({ name: Field, email: Field, title: Field }).prefault({}),
    company: z.strictObject({ name: Field, domain: Field }).prefault({}),
  })
  .prefault({});
export type SurvivorshipConfig = z.infer<typeof SurvivorshipConfig>;
export type FieldSurvivorship = z.infer<typeof FieldRule>;

/** Platforms that Sidelight does not know, or that are named twice. Paths are below `identity.survivorship`. */
export function survivorshipIssues(config: SurvivorshipConfig, platforms: Iterable<string>): ConfigIssue[] {
  const names = [...platforms];
  return Object.entries(config).flatMap(([kind, fields]) =>
    Object.entries(fields as Record<string, FieldSurvivorship>).flatMap(([field, { platforms: order }]) =>
      order.flatMap((platform, i): ConfigIssue[] => {
        const path = [kind, field, "platforms", i];
        if (!names.includes(platform))
          return [{ path, message: `unknown platform ${platform}${didYouMean(platform, names)}`, location: null }];
        return order.indexOf(platform) < i ? [{ path, message: `${platform} is named twice`, location: null }] : [];
      }),
    ),
  );
}
