import type { Action } from "@sidelight/platform-kit/action.ts";
import { z } from "zod";
import type { StreamTools } from "../streams.ts";
import { contactOf } from "./contactOf.ts";
import { createRecords } from "./create.ts";
import { withEmails } from "./emails.ts";
import { FieldValues, idOf, RecordKey, truncate, withoutEmpty } from "./fields.ts";

const Input = z.strictObject({
  /** A user or a queue. Default: the org's assignment rules, otherwise the integration's user. */
  ownerId: RecordKey.nullish(),
  accountId: RecordKey.nullish(),
  contactId: RecordKey.nullish(),
  subject: z.string().trim().min(1),
  description: z.string().nullish(),
  priority: z.string().nullish(),
  status: z.string().nullish(),
  origin: z.string().nullish(),
  /** Custom fields. */
  fields: FieldValues.optional(),
});
type Input = z.infer<typeof Input>;

/** Creates a case. Idempotent by the effect's id. */
export const createCase = (tools: StreamTools): Action<Input> =>
  createRecords(tools, {
    object: "Case",
    summary: "Creates a case",
    purpose: "support",
    input: Input,
    // A case without a contact is not in the history of its person.
    attaches: (input) => (input.contactId ? null : contactOf(input.accountId, (contactId) => ({ ...input, contactId }))),
    fields: (input) => ({
      ...withEmails(input.fields ?? {}, tools.options.mapping),
      ...withoutEmpty({
        OwnerId: input.ownerId && idOf(input.ownerId),
        AccountId: input.accountId && idOf(input.accountId),
        ContactId: input.contactId && idOf(input.contactId),
        Subject: truncate(input.subject, 255),
        Description: input.description && truncate(input.description, 32_000),
        Priority: input.priority,
        Status: input.status,
        Origin: input.origin,
      }),
    }),
  });
