import { calendarDayOf, calendarDays } from "@sidelight/model/calendar.ts";
import type { Action } from "@sidelight/platform-kit/action.ts";
import { failure } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { StreamTools } from "../streams.ts";
import { contactOf } from "./contactOf.ts";
import { createRecords } from "./create.ts";
import { FieldValues, idOf, RecordKey, truncate, withoutEmpty } from "./fields.ts";
import { findOpenTasks, type TaskKey } from "./openTasks.ts";

const Input = z.strictObject({
  /** A user. Default: the integration's user. */
  ownerId: RecordKey.nullish(),
  /** Owner of the task when `ownerId` is a queue, an inactive user or absent. */
  fallbackOwnerId: RecordKey.nullish(),
  /** Related record: an account, an opportunity, a case. */
  whatId: RecordKey.nullish(),
  /** Related person: a contact or a lead. */
  whoId: RecordKey.nullish(),
  subject: z.string().trim().min(1),
  description: z.string().nullish(),
  /** A calendar day, or an instant, whose day in the tenant's time zone counts. */
  dueDate: z.union([z.iso.date(), z.iso.datetime({ offset: true })]),
  priority: z.string().nullish(),
  status: z.string().nullish(),
  /** An instant. No task is created when an open task of ours with this subject and `whatId` was created since then. */
  unlessOpenSince: z.iso.datetime({ offset: true }).nullish(),
  /** Custom fields. */
  fields: FieldValues.optional(),
});
type Input = z.infer<typeof Input>;

const isUser = (id: string): boolean => id.startsWith("005");

/** The task's owner. A queue (00G…) can own an account but not a task, so the first user counts. */
function ownerOf({ ownerId, fallbackOwnerId }: Input): string | null {
  const ids = [ownerId, fallbackOwnerId].flatMap((key) => (key ? [idOf(key)] : []));
  return ids.find(isUser) ?? ids[0] ?? null;
}

const subjectOf = ({ subject }: Input): string => truncate(subject, 255);

/** Key of the task when an open one may replace it; null when every effect creates a task. */
const taskKeyOf = (input: Input): TaskKey | null =>
  input.whatId && input.unlessOpenSince
    ? { whatId: idOf(input.whatId), subject: subjectOf(input), since: Date.parse(input.unlessOpenSince) }
    : null;

async function existingTasks(tools: StreamTools, inputs: Input[], call: CallOptions): Promise<(string | null)[]> {
  const keys = inputs.map(taskKeyOf);
  const refs = await findOpenTasks(
    tools,
    keys.filter((key) => key !== null),
    call,
  );
  return keys.map((key) => key && (refs.shift() ?? null));
}

/** Creates a task. Idempotent by the effect's id. */
export function createTask(tools: StreamTools): Action<Input> {
  const dayOf = calendarDays(tools.timeZone);
  return createRecords(tools, {
    object: "Task",
    summary: "Creates a task for a user",
    purpose: "sales",
    input: Input,
    problemOf(input) {
      const owner = ownerOf(input);
      return owner === null || isUser(owner)
        ? null
        : failure("misconfigured", "The task's owner is not a user. Set fallbackOwnerId to a user.");
    },
    // The fallback first, then the integration's user.
    forOtherOwner(input) {
      const owner = ownerOf(input);
      if (owner === null) return null;
      const fallback = input.fallbackOwnerId ? idOf(input.fallbackOwnerId) : null;
      return {
        ...input,
        ownerId: fallback !== null && isUser(fallback) && fallback !== owner ? fallback : null,
        fallbackOwnerId: null,
      };
    },
    // A task about an account need not be about a person.
    attaches: (input) => (input.whoId || input.whatId ? null : contactOf(null, (whoId) => ({ ...input, whoId }))),
    substitute: {
      name(input) {
        const key = taskKeyOf(input);
        return key && `${key.whatId}\n${key.subject}`;
      },
      find: (inputs, call) => existingTasks(tools, inputs, call),
    },
    fields: (input) => ({
      ...input.fields,
      ...withoutEmpty({
        OwnerId: ownerOf(input),
        WhatId: input.whatId && idOf(input.whatId),
        WhoId: input.whoId && idOf(input.whoId),
        Subject: subjectOf(input),
        Description: input.description && truncate(input.description, 32_000),
        ActivityDate: calendarDayOf(input.dueDate, dayOf),
        Priority: input.priority,
        Status: input.status,
      }),
    }),
  });
}
