import { z } from "zod";
import { EvidenceConfig } from "./evidence.ts";
import { SurvivorshipConfig } from "./survivorship.ts";

/** How records become one customer. */
export const IdentityConfig = z
  .strictObject({
    /** `suggest`: the model's links wait for a person. `link`: those that are certain enough are made at once, and can be undone. */
    automatic: z.enum(["suggest", "link"]).default("suggest"),
    evidence: EvidenceConfig,
    survivorship: SurvivorshipConfig,
  })
  .prefault({});
export type IdentityConfig = z.infer<typeof IdentityConfig>;
