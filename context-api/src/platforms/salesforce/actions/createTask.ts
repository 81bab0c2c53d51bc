import { z } from "zod";
import type { Action } from "../../action.ts";
import { failed } from "../../outcome.ts";
import type { StreamTools } from "../streams.ts";
import { creating } from "./create.ts";
import { cut, FieldValues, given, idOf, RecordKey } from "./fields.ts";

const Input = z.strictObject({
  /** A user. The integration's own where it is left out. */
  ownerId: RecordKey.nullish(),
  /** A user who owns the task where `ownerId` is a queue, or left out. */
  fallbackOwnerId: RecordKey.nullish(),
  /** What it is about: an account, an opportunity, a case. */
  whatId: RecordKey.nullish(),
  /** Whom it is about: a contact or a lead. */
  whoId: RecordKey.nullish(),
  subject: z.string().trim().min(1),
  description: z.string().nullish(),
  /** A day; of an instant its day in UTC. */
  dueDate: z.union([z.iso.date(), z.iso.datetime({ offset: true })]),
  priority: z.string().nullish(),
  status: z.string().nullish(),
  /** The org's own fields. */
  fields: FieldValues.optional(),
});
type Input = z.infer<typeof Input>;

const isUser = (id: string): boolean => id.startsWith("005");

/** Who gets the task: a user. A queue (00G…) can own an account and not a task. */
function ownerOf({ ownerId, fallbackOwnerId }: Input): string | null {
  const ids = [ownerId, fallbackOwnerId].flatMap((key) => (key ? [idOf(key)] : []));
  return ids.find(isUser) ?? ids[0] ?? null;
}

/** Makes a task, once. */
export const createTask = (tools: StreamTools): Action<Input> =>
  creating(tools, {
    object: "Task",
    summary: "Makes a task for a user",
    input: Input,
    objection(input) {
      const owner = ownerOf(input);
      return owner === null || isUser(owner)
        ? null
        : failed("misconfigured", "A task's owner must be a user; this is a queue or another record, and no fallback is set.");
    },
    fields: (input) => ({
      ...input.fields,
      ...given({
        OwnerId: ownerOf(input),
        WhatId: input.whatId && idOf(input.whatId),
        WhoId: input.whoId && idOf(input.whoId),
        Subject: cut(input.subject, 255),
        Description: input.description && cut(input.description, 32_000),
        ActivityDate: new Date(input.dueDate).toISOString().slice(0, 10),
        Priority: input.priority,
        Status: input.status,
      }),
    }),
  });
