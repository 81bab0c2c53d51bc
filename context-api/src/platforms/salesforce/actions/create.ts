import type { Action, Effect, Outcome } from "../../action.ts";
import { byHalves, told } from "../../batch.ts";
import { PlatformError } from "../../errors.ts";
import { done, failed } from "../../outcome.ts";
import type { CallOptions } from "../../platform.ts";
import { SalesforceRefusal } from "../refusal.ts";
import { refOf } from "../objects.ts";
import { literal } from "../soql.ts";
import type { StreamTools } from "../streams.ts";
import { failureOf, mayBeOnes, notSaved } from "./refusals.ts";

/** Shipped with Sidelight's package for Salesforce, unique on Task (as a field of Activity) and Case. */
export const externalId = "Sidelight_External_Id__c";
/** "Up to 200 records" in a collection; their ids also fit into one query's address. */
const mostRecords = 200;

export interface Creation<Input> extends Pick<Action<Input>, "summary" | "input"> {
  object: "Task" | "Case";
  /** What is written, or why it can't be. */
  fields(input: Input): Record<string, unknown> | Outcome;
}

interface Draft {
  id: string;
  fields: Record<string, unknown>;
}

/**
 * Makes records that carry the effect's id as their external id. Those that are there already, deleted ones too, are left as
 * people have made them since; the others are upserted, so that an attempt still under way can't make a second.
 */
export function creating<Input>({ client, now }: StreamTools, { object, summary, input, fields }: Creation<Input>): Action<Input> {
  return {
    summary,
    input,
    batch: mostRecords,
    sameAs: () => null,
    perform: (effects, call) =>
      told(effects, async () => {
        const drafts = new Map<Effect<Input>, Draft>();
        const outcomes = new Map<Effect<Input>, Outcome>();
        for (const effect of effects) {
          const wanted = fields(effect.input);
          if (isOutcome(wanted)) outcomes.set(effect, wanted);
          else drafts.set(effect, { id: effect.id, fields: wanted });
        }
        const made = await makeMissing([...drafts.values()], call);
        [...drafts.keys()].forEach((effect, i) => void outcomes.set(effect, made[i]!));
        return effects.map((effect) => outcomes.get(effect)!);
      }),
  };

  async function makeMissing(drafts: Draft[], call: CallOptions): Promise<Outcome[]> {
    if (drafts.length === 0) return [];
    const known = await existing(drafts.map(({ id }) => id), call);
    const missing = drafts.filter(({ id }) => !known.has(keyOf(id)));
    const made = await byHalves(missing, (some) => upsert(some, call), mayBeOnes);
    return drafts.map(({ id }) => {
      const there = known.get(keyOf(id));
      return there === undefined ? made.shift()! : done(refOf(object, there), false);
    });
  }

  /** Record ids by external id. @throws {PlatformError} where the org lacks the field */
  async function existing(ids: string[], call: CallOptions): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const soql = `SELECT Id, ${externalId} FROM ${object} WHERE ${externalId} IN (${ids.map(literal).join(",")})`;
    for await (const { rows } of client.pages(soql, call, true)) {
      for (const row of rows) found.set(keyOf(String(row[externalId])), row.Id);
    }
    return found;
  }

  async function upsert(drafts: Draft[], call: CallOptions): Promise<Outcome[]> {
    const records = drafts.map((draft) => ({ attributes: { type: object }, ...draft.fields, [externalId]: draft.id }));
    try {
      const saved = await client.save(records, call, `${object}/${externalId}`);
      return saved.map((one) => {
        if (one.success) return done(refOf(object, one.id ?? ""));
        // Another attempt came first; the next will find what it made.
        const isTaken = one.errors?.some(({ statusCode }) => statusCode === "DUPLICATE_VALUE");
        return isTaken
          ? failed("conflict", "Salesforce has a record of the same external id.", { isRetryable: true })
          : notSaved(one, now());
      });
    } catch (error) {
      if (isFieldMissing(error)) return drafts.map(() => lacksField(object));
      if (drafts.length > 1) throw error;
      return [failureOf(error, now())];
    }
  }
}

const isOutcome = (value: Record<string, unknown> | Outcome): value is Outcome => "state" in value && "cause" in value;
/** External ids compare without case unless the org's field says otherwise. */
const keyOf = (id: string): string => id.toLowerCase();
