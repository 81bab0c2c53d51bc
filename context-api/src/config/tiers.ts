import { z } from "zod";

const Tier = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "lower-case letters, digits and dashes"),
  /** JSONata condition, as of a route: `account.arr.amount >= 50000`. Only the last tier has none: it is for all other customers. */
  when: z.string().optional(),
  /** Deliveries for its customers wait up to this long, so that they share calls; 0 sends them at once. */
  everyMinutes: z.number().int().min(0).max(60).default(0),
});

/** Groups of customers, the first of which a customer belongs to whose condition is true. */
export const TiersConfig = z
  .array(Tier)
  .max(10)
  .default([])
  .superRefine((tiers, { addIssue }) => {
    for (const [i, { name, when }] of tiers.entries()) {
      if (tiers.findIndex((tier) => tier.name === name) < i)
        addIssue({ code: "custom", path: [i, "name"], message: `another tier has the name ${name}` });
      if (when === undefined && i < tiers.length - 1)
        addIssue({
          code: "custom",
          path: [i],
          message: "a tier without a condition takes all customers, so it must be the last one",
        });
    }
  });
export type TiersConfig = z.infer<typeof TiersConfig>;
