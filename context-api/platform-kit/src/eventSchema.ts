import { z } from "zod";

/** One version of the schema of a family of events. A published version never changes; a change needs the next version. */
export interface EventSchema {
  /** `event` for all events, otherwise the family whose `data` it describes. */
  name: string;
  version: number;
  /** Event types that it describes, as a pattern: `platform.object.*`, `*.*.{created,updated}`. */
  types: string;
  summary: string;
  /** Use open objects, so that readers of a version accept members of later ones. */
  schema: z.ZodType;
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** `data` of an event that reports a changed value: the values before and after, when the platform reports them. */
export const ChangedValues = z.looseObject({ previous: scalar.optional(), current: scalar.optional() });
