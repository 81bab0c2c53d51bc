import type { Message } from "@sidelight/platform-kit/webhook.ts";
import type { CommitInput, TenantLog } from "../log/log.ts";
import { WriteFailedError } from "../log/writer/errors.ts";
import type { AppendedEvent } from "../log/writer/protocol.ts";
import { chunks } from "../store/chunks.ts";

export type EventMessage = Extract<Message, { kind: "event" }>;

/** Events of one commit. The writer serves other requests between two commits. */
const commitSize = 250;

/**
 * Appends the events of a request with the records that they contain; they are projected after the acknowledgment. A large request takes several commits: after a failure, its
 * sender repeats it, and what was appended counts as a duplicate.
 * @param lastCommit what is committed with the last events; it is committed also when there are none
 * @returns one result for each message; null for an event that the store refuses, which does not affect the others
 * @throws {StoreLostError}
 */
export async function commitMessages(
  log: TenantLog,
  messages: readonly EventMessage[],
  context: Pick<CommitInput, "correlationId" | "receivedAt" | "stages">,
  lastCommit: Pick<CommitInput, "quarantine" | "statements"> = {},
): Promise<(AppendedEvent | null)[]> {
  const parts = chunks(messages, commitSize);
  const last = parts.pop() ?? [];
  const results: (AppendedEvent | null)[] = [];
  for (const part of parts) results.push(...(await commitPart(log, part, context, {})));
  return [...results, ...(await commitPart(log, last, context, lastCommit))];
}

async function commitPart(
  log: TenantLog,
  messages: readonly EventMessage[],
  context: Pick<CommitInput, "correlationId" | "receivedAt" | "stages">,
  lastCommit: Pick<CommitInput, "quarantine" | "statements">,
): Promise<(AppendedEvent | null)[]> {
  const { quarantine = [], statements = [] } = lastCommit;
  if (messages.length + quarantine.length + statements.length === 0) return [];
  const events = messages.map(({ event }) => event);
  const records = messages.flatMap(({ relatedRecords = [] }) => relatedRecords);
  try {
    return (await log.append({ ...context, events, records, quarantine, statements })).events;
  } catch (error) {
    if (!(error instanceof WriteFailedError) || messages.length === 0) throw error;
    if (messages.length === 1 && quarantine.length + statements.length === 0) return [null];
  }
  // One of the events is at fault: each on its own, then the ending.
  const results: (AppendedEvent | null)[] = [];
  for (const message of messages) results.push(...(await commitPart(log, [message], context, {})));
  await commitPart(log, [], context, lastCommit);
  return results;
}
