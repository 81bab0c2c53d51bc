import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { missingOutcome, performAll, performBisecting, performValid } from "@sidelight/platform-kit/batch.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { failure, success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import type { Saved } from "../client.ts";
import { externalId } from "../externalId.ts";
import { refOf } from "../objects.ts";
import { isMissingField, isMissingObject } from "../refusal.ts";
import { literal } from "../soql.ts";
import type { StreamTools } from "../streams.ts";
import { failureOf, isBisectable, unsavedOutcome } from "./refusals.ts";

/** "Up to 200 records" in a collection. Their ids also fit into the URL of one query. */
const maxRecords = 200;

export interface Creation<Input> extends Required<Pick<Action<Input>, "summary" | "input" | "purpose">> {
  object: "Task" | "Case";
  /** Values to write, by API name. */
  fields(input: Input): Record<string, unknown>;
  /** Outcome of an input that cannot be written; null when it can. */
  problemOf?(input: Input): Outcome | null;
  /** The same record for another owner, when the user who would own it is inactive; null when there is no other owner. */
  forOtherOwner?(input: Input): Input | null;
  /** See {@link Action.attaches}. */
  attaches?: Action<Input>["attaches"];
  /** Existing records that make a new one unnecessary. */
  substitute?: {
    /** Of effects with the same name only one creates a record. Null when every effect does. */
    name(input: Input): string | null;
    /** Ref of the existing record for each input; null when there is none. */
    find(inputs: Input[], call: CallOptions): Promise<(string | null)[]>;
  };
}

/**
 * Creates records with the effect's id as their external id. Existing ones, deleted ones included, are left as they are, because
 * people may have changed them. The others are upserted, so that a concurrent attempt cannot create a second record.
 */
export function createRecords<Input>(tools: StreamTools, creation: Creation<Input>): Action<Input> {
  const { summary, purpose, input, problemOf = () => null } = creation;
  return {
    summary,
    purpose,
    input,
    batch: maxRecords,
    quota: "daily",
    sameAs: () => null,
    ...(creation.attaches ? { attaches: creation.attaches } : {}),
    writes: () => [
      { object: `salesforce.${creation.object.toLowerCase()}`, ref: null, isCreation: true, isOwnWhenFound: true, values: {} },
    ],
    perform: (effects, call) =>
      performAll(effects, () =>
        performValid(
          effects,
          (effect) => problemOf(effect.input),
          (valid) => createMissing(tools, creation, valid, call),
        ),
      ),
  };
}

async function createMissing<Input>(
  tools: StreamTools,
  creation: Creation<Input>,
  effects: Effect<Input>[],
  call: CallOptions,
): Promise<Outcome[]> {
  if (effects.length === 0) return [];
  const { object } = creation;
  const effectIds = effects.map(({ id }) => id);
  const existing = await findByExternalId(tools, object, effectIds, call);
  if (existing === null) return effects.map(() => missingField(object));
  const existingOutcome = ({ id }: Effect<Input>) => {
    const recordId = existing.get(keyOf(id));
    return recordId === undefined ? null : success(refOf(object, recordId), false);
  };
  return await performValid(effects, existingOutcome, (missingEffects) =>
    createUnlessSubstituted(tools, creation, missingEffects, call),
  );
}

/** Creates records without a substitute. When the first effect of a name fails, the next one of that name is tried. */
async function createUnlessSubstituted<Input>(
  tools: StreamTools,
  creation: Creation<Input>,
  effects: Effect<Input>[],
  call: CallOptions,
): Promise<Outcome[]> {
  const { substitute } = creation;
  const create = (batch: Effect<Input>[]) => performBisecting(batch, (part) => upsert(tools, creation, part, call), isBisectable);
  if (!substitute) return await create(effects);
  const inputs = effects.map(({ input }) => input);
  const names = inputs.map((input) => substitute.name(input));
  const existing = await substitute.find(inputs, call);
  const outcomes = existing.map((ref) => (ref === null ? undefined : success(ref, false)));
  const createdByName = new Map<string, Outcome>();
  for (let pending = pendingIndexes(outcomes); pending.length > 0; pending = pendingIndexes(outcomes)) {
    const batch = pending.filter((index) => isFirstOfName(index, pending, names));
    const results = await create(effects.filter((_, index) => batch.includes(index)));
    batch.forEach((index, i) => {
      const result = results[i] ?? missingOutcome;
      const name = names[index] ?? null;
      outcomes[index] = result;
      if (name !== null && result.state === "done") createdByName.set(name, { ...result, hasWritten: false });
    });
    for (const index of pending) outcomes[index] ??= createdByName.get(names[index] ?? "");
  }
  return outcomes as Outcome[];
}

const pendingIndexes = (outcomes: (Outcome | undefined)[]): number[] =>
  [...outcomes.keys()].filter((index) => outcomes[index] === undefined);
const isFirstOfName = (index: number, indexes: number[], names: (string | null)[]): boolean =>
  names[index] === null || indexes.find((candidate) => names[candidate] === names[index]) === index;

/** Record ids by external id; null when the org lacks the object or its external id field. */
async function findByExternalId(
  { client }: StreamTools,
  object: string,
  ids: string[],
  call: CallOptions,
): Promise<Map<string, string> | null> {
  const recordIds = new Map<string, string>();
  const soql = `SELECT Id, ${externalId} FROM ${object} WHERE ${externalId} IN (${ids.map(literal).join(",")})`;
  try {
    for await (const { rows } of client.pages(soql, call, { withDeleted: true })) {
      for (const row of rows) recordIds.set(keyOf(String(row[externalId])), row.Id);
    }
    return recordIds;
  } catch (error) {
    if (isMissingField(error) || isMissingObject(error)) return null;
    throw error;
  }
}

async function upsert<Input>(
  tools: StreamTools,
  creation: Creation<Input>,
  effects: Effect<Input>[],
  call: CallOptions,
): Promise<Outcome[]> {
  const { client, now } = tools;
  const { object, fields, forOtherOwner } = creation;
  const records = effects.map(({ id, input }) => ({ attributes: { type: object }, ...fields(input), [externalId]: id }));
  try {
    const results = await client.save(records, call, `${object}/${externalId}`);
    const outcomes = results.map((result) => upsertOutcome(object, result, now()));
    const reassignments = effects.flatMap((effect, index) => {
      const input = isOwnerInactive(results[index]) ? (forOtherOwner?.(effect.input) ?? null) : null;
      return input === null ? [] : [{ index, effect: { ...effect, input } }];
    });
    if (reassignments.length === 0) return outcomes;
    const reassignedOutcomes = await upsert(
      tools,
      creation,
      reassignments.map(({ effect }) => effect),
      call,
    );
    for (const [i, { index }] of reassignments.entries()) outcomes[index] = reassignedOutcomes[i] ?? missingOutcome;
    return outcomes;
  } catch (error) {
    // "Provided external ID field does not exist or is not accessible"
    if (error instanceof PlatformError && error.code === "not_found") return effects.map(() => missingField(object));
    if (effects.length > 1) throw error;
    return [failureOf(error, now())];
  }
}

const isOwnerInactive = (result: Saved | undefined): boolean =>
  result?.errors?.some(({ statusCode }) => statusCode === "INACTIVE_OWNER_OR_USER") ?? false;

function upsertOutcome(object: "Task" | "Case", result: Saved, now: number): Outcome {
  if (result.success) return success(refOf(object, result.id ?? ""));
  // A concurrent attempt was faster; the next attempt finds its record.
  const isDuplicate = result.errors?.some(({ statusCode }) => statusCode === "DUPLICATE_VALUE");
  if (isDuplicate) return failure("conflict", "Salesforce already has a record with this external id.", { isRetryable: true });
  return unsavedOutcome(result, now);
}

const missingField = (object: string): Outcome =>
  failure(
    "misconfigured",
    `${object} has no field ${externalId} that the integration's user can write, or the user has no access to ${object}. Install Sidelight's Salesforce package and check the user's permissions.`,
  );

/** External ids are compared without case unless the org's field is case-sensitive. */
const keyOf = (id: string): string => id.toLowerCase();
