import type { Action } from "@sidelight/platform-kit/action.ts";
import { failed } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { StreamTools } from "../streams.ts";
import { creating } from "./create.ts";
import { cut, FieldValues, given, idOf, RecordKey } from "./fields.ts";
import { findOpenTasks, type WantedTask } from "./openTasks.ts";

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
  /** An instant: nothing is made while an open task of ours, of this subject and at `whatId`, was made since then. */
  unlessOpenSince: z.iso.datetime({ offset: true }).nullish(),
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

const subjectOf = ({ subject }: Input): string => cut(subject, 255);

/** The task in whose place another may stand; null where each is wanted. */
const wantedTask = (input: Input): WantedTask | null =>
  input.whatId && input.unlessOpenSince
    ? { whatId: idOf(input.whatId), subject: subjectOf(input), since: Date.parse(input.unlessOpenSince) }
    : null;

async function openOnes(tools: StreamTools, inputs: Input[], call: CallOptions): Promise<(string | null)[]> {
  const wanted = inputs.map(wantedTask);
  const found = await findOpenTasks(
    tools,
    wanted.filter((task) => task !== null),
    call,
  );
  return wanted.map((task) => task && (found.shift() ?? null));
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
    instead: {
      name(input) {
        const task = wantedTask(input);
        return task && `${task.whatId}\n${task.subject}`;
      },
      find: (inputs, call) => openOnes(tools, inputs, call),
    },
    fields: (input) => ({
      ...input.fields,
      ...given({
        OwnerId: ownerOf(input),
        WhatId: input.whatId && idOf(input.whatId),
        WhoId: input.whoId && idOf(input.whoId),
        Subject: subjectOf(input),
        Description: input.description && cut(input.description, 32_000),
        ActivityDate: new Date(input.dueDate).toISOString().slice(0, 10),
        Priority: input.priority,
        Status: input.status,
      }),
    }),
  });
