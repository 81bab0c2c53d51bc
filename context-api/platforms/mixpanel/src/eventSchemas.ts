import type { EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import { z } from "zod";

/** Schemas of Mixpanel's events, published in `../schemas`. */
export const eventSchemas: readonly EventSchema[] = [
  {
    name: "cohort.membership",
    version: 1,
    types: "mixpanel.user.{cohort_entered,cohort_left,*}",
    summary: "A product user entered or left a cohort. The configuration may name the entry, as in completed_onboarding",
    schema: z.looseObject({ cohort: z.looseObject({ id: z.string(), name: z.string() }).optional() }),
  },
];
