import type { Action, Outcome } from "@sidelight/platform-kit/action.ts";
import { StoreLostError } from "../log/writer/errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { AskedCreation, CheckedCreation, CheckedEffect, CreationChecks } from "./creationCheck.ts";
import { acceptedCause } from "./duplicateCauses.ts";
import type { MergedDelivery } from "./mergedDelivery.ts";
import type { Held, Unchecked } from "./settle.ts";

export interface CheckDeps {
  /** Null where nothing is looked for. */
  creations: CreationChecks | null;
  target: { id: string };
  action: Action;
  logger: Pick<Logger, "error">;
}

export interface CheckedBatch {
  /** What is sent, some of it with another input. */
  sendable: MergedDelivery[];
  /** What is not sent. */
  settled: { merged: MergedDelivery; outcome: Outcome | Held | Unchecked }[];
  /** Questions of the held ones. */
  asked: AskedCreation[];
}

/**
 * Looks for the people whose records a batch would create, or would refer to. After an attempt nothing is held any more, because an
 * attempt without an answer may have created the record: the action looks for it by the id of the delivery. So a creation is not checked
 * again. The record that an attachment refers to is looked for again, because the stored input is without it.
 * @throws {StoreLostError}
 */
export async function checkDeliveries(batch: readonly MergedDelivery[], deps: CheckDeps): Promise<CheckedBatch> {
  const { action, creations, target } = deps;
  const checkedBatch: CheckedBatch = { sendable: [], settled: [], asked: [] };
  if (!creations || (!action.creates && !action.attaches)) return { ...checkedBatch, sendable: [...batch] };
  const checked = batch.filter((merged) => isUnsent(merged) || isAttachment(merged, action));
  const results = await resultsOf(
    checked.map(({ effect: { input }, about }) => ({ action, input, about })),
    (effects) => creations.check(target.id, effects),
    deps,
  );
  const resultOf = new Map(checked.map((merged, i) => [merged, results[i] ?? null]));
  for (const merged of batch) {
    const result = resultOf.get(merged);
    if (result === undefined || (result?.verdict === "ask" && !isUnsent(merged))) checkedBatch.sendable.push(merged);
    else if (result?.verdict === "perform")
      checkedBatch.sendable.push({ ...merged, effect: { ...merged.effect, input: result.input } });
    else {
      checkedBatch.settled.push({ merged, outcome: outcomeOf(result) });
      if (result?.verdict === "ask") checkedBatch.asked.push(result);
    }
  }
  return checkedBatch;
}

const isAttachment = ({ effect: { input } }: MergedDelivery, { creates, attaches }: Action): boolean =>
  (attaches?.(input) ?? null) !== null && (creates?.(input) ?? null) === null;

/** False also for one that a person decided to create. */
const isUnsent = ({ deliveries }: MergedDelivery): boolean =>
  deliveries.every(({ attempts, cause }) => attempts === 0 && cause !== acceptedCause);

function outcomeOf(result: Exclude<CheckedCreation, { verdict: "perform" }> | null): Outcome | Held | Unchecked {
  if (!result) return { state: "unchecked" };
  if (result.verdict === "use") return { state: "done", ref: result.ref, hasWritten: false };
  return { state: "held", candidates: result.matches.length };
}

type Check = (effects: readonly CheckedEffect[]) => Promise<CheckedCreation[]>;

/** One effect that cannot be checked must not keep the others: then each is checked alone. Null for one that failed. */
async function resultsOf(
  effects: readonly CheckedEffect[],
  check: Check,
  deps: Pick<CheckDeps, "logger" | "target">,
): Promise<(CheckedCreation | null)[]> {
  try {
    return await check(effects);
  } catch (error) {
    if (error instanceof StoreLostError) throw error;
    if (effects.length > 1) return (await Promise.all(effects.map((effect) => resultsOf([effect], check, deps)))).flat();
    deps.logger.error({ err: error, target: deps.target.id }, "the check for duplicates failed");
    return effects.map(() => null);
  }
}
