import type { Action } from "@sidelight/platform-kit/action.ts";
import { z } from "zod";
import type { StreamTools } from "../streams.ts";
import { creating } from "./create.ts";
import { cut, FieldValues, given, idOf, RecordKey } from "./fields.ts";

const Input = z.strictObject({
  /** A user or a queue. Left out: whom the org's assignment rules name, else the integration's user. */
  ownerId: RecordKey.nullish(),
  accountId: RecordKey.nullish(),
  contactId: RecordKey.nullish(),
  subject: z.string().trim().min(1),
  description: z.string().nullish(),
  priority: z.string().nullish(),
  status: z.string().nullish(),
  origin: z.string().nullish(),
  /** The org's own fields. */
  fields: FieldValues.optional(),
});
type Input = z.infer<typeof Input>;

/** Makes a case, once. */
export const createCase = (tools: StreamTools): Action<Input> =>
  creating(tools, {
    object: "Case",
    summary: "Makes a case",
    input: Input,
    fields: (input) => ({
      ...input.fields,
      ...given({
        OwnerId: input.ownerId && idOf(input.ownerId),
        AccountId: input.accountId && idOf(input.accountId),
        ContactId: input.contactId && idOf(input.contactId),
        Subject: cut(input.subject, 255),
        Description: input.description && cut(input.description, 32_000),
        Priority: input.priority,
        Status: input.status,
        Origin: input.origin,
      }),
    }),
  });
