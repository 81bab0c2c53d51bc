import { canonicalForms } from "@sidelight/model/canonicalValue.ts";
import type { Effect, Outcome, Write } from "@sidelight/platform-kit/action.ts";
import type { TenantLog } from "../log/log.ts";
import { valueHash } from "../security/keyring.ts";
import type { Statement } from "../store/statement.ts";
import {
  deleteWrittenValues,
  saveWrittenValue,
  settleWrittenValues,
  supersedeWrittenValues,
} from "../store/tables/writtenValues.ts";

/** Accepts any value of a field that the platform derives from what was written. */
export const anyValue = "*";
/** Accepts any value of a field that only the platform knows. */
export const unforeseenValue = "**";
/** Name of the row of a write as a whole. */
export const wholeWrite = "";

/** One attempt of an effect. Instants are epoch ms. */
export interface Attempt {
  /** Id of the target connection. */
  target: string;
  effect: Effect;
  writes: readonly Write[];
  hops: number;
  sentAt: number;
}

/** Statements to commit before an attempt is sent: the platform may report the change before it answers. */
export const attemptStatements = (log: TenantLog, attempt: Attempt): Statement[] =>
  attempt.writes.flatMap((write) => {
    if (write.ref !== null) return valueStatements(log, attempt, write, write.ref, null);
    return write.isCreation ? [saveRow(log, attempt, creationKey(log, attempt.target, write.object), null, write)] : [];
  });

/** Statements that record the outcome of an attempt. */
export function writtenStatements(log: TenantLog, attempt: Attempt, outcome: Outcome, now: number): Statement[] {
  const { effect, writes, target } = attempt;
  if (writes.length === 0) return [];
  // An attempt without an answer may have arrived.
  if (outcome.state === "failed") return outcome.isRetryable ? [] : [deleteWrittenValues(log.store, effect.id)];
  return writes.flatMap((write) => {
    const isOurs = outcome.hasWritten || write.isOwnWhenFound === true;
    if (write.ref !== null)
      return isOurs
        ? [settleWrittenValues(log.store, effect.id, now), ...supersedeStatements(log, attempt, write, write.ref)]
        : [deleteWrittenValues(log.store, effect.id)];
    const pending = write.isCreation ? [deleteWrittenValues(log.store, effect.id, creationKey(log, target, write.object))] : [];
    if (!isOurs || outcome.ref === null) return pending;
    if (write.isCreation) return [...pending, saveRow(log, attempt, log.key(outcome.ref), now, write)];
    return [...valueStatements(log, attempt, write, outcome.ref, now), ...supersedeStatements(log, attempt, write, outcome.ref)];
  });
}

/** The key of creations whose ref is not known yet. */
export const creationKey = (log: TenantLog, connection: string, object: string): string =>
  log.key(`creation\n${connection}\n${object}`);

function valueStatements(log: TenantLog, attempt: Attempt, write: Write, ref: string, settledAt: number | null): Statement[] {
  const key = log.key(ref);
  const hashesOf = (value: unknown): string[] => canonicalForms(value).map((form) => valueHash(log.keys, form));
  const fields: [string, string[]][] = [
    [wholeWrite, []],
    ...Object.entries(write.values).map(([field, value]): [string, string[]] => [field, hashesOf(value)]),
    ...Object.entries(write.additions ?? {}).map(([field, values]): [string, string[]] => [field, values.flatMap(hashesOf)]),
    ...(write.derived ?? []).map((field): [string, string[]] => [field, [anyValue]]),
    ...(write.unforeseen ?? []).map((field): [string, string[]] => [field, [unforeseenValue]]),
  ];
  return fields.map(([field, hashes]) => saveRow(log, attempt, key, settledAt, write, field, hashes));
}

const saveRow = (
  log: TenantLog,
  { effect, hops, sentAt }: Attempt,
  key: string,
  settledAt: number | null,
  write: Write,
  field = wholeWrite,
  hashes: string[] = [],
): Statement =>
  saveWrittenValue(log.store, {
    key,
    field,
    delivery: effect.id,
    hashes: JSON.stringify(hashes),
    is_creation: write.isCreation ? 1 : 0,
    hops,
    sent_at: sentAt,
    settled_at: settledAt,
    superseded_at: null,
  });

/** A report of an earlier value that is later than this write is a change back, by someone else. */
const supersedeStatements = (log: TenantLog, { effect, sentAt }: Attempt, write: Write, ref: string): Statement[] =>
  Object.keys(write.values).map((field) =>
    supersedeWrittenValues(log.store, { key: log.key(ref), field, sentBefore: sentAt, delivery: effect.id }),
  );
