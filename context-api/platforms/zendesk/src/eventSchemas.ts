import { ChangedValues, type EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import { z } from "zod";

/** Schemas of Zendesk's events, published in `../schemas`. */
export const eventSchemas: readonly EventSchema[] = [
  {
    name: "ticket.commented",
    version: 2,
    types: "zendesk.ticket.comment_added",
    summary: "A comment was added to a ticket",
    schema: ChangedValues.extend({
      comment: z
        .looseObject({ id: z.string(), isPublic: z.boolean().nullable(), byStaff: z.boolean().nullable().optional() })
        .optional(),
    }),
  },
  {
    name: "ticket.triggered",
    version: 1,
    types: "zendesk.ticket.triggered",
    summary: "A trigger of the account fired for a ticket",
    schema: z.looseObject({}),
  },
];
