import { z } from "zod";
import { TimelineItem } from "./sections.ts";

/** `GET /v1/timeline/{ref}`: newest first. */
export const TimelinePage = z.object({ items: z.array(TimelineItem), nextCursor: z.string().nullable() });
export type TimelinePage = z.infer<typeof TimelinePage>;
