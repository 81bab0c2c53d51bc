import type { EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import { z } from "zod";

/** Schemas of the company's own events, published in `../schemas`. */
export const eventSchemas: readonly EventSchema[] = [
  {
    name: "generic",
    version: 1,
    types: "generic.event.*",
    summary: "An event of the company's own services, with its own data",
    schema: z.looseObject({}),
  },
];
