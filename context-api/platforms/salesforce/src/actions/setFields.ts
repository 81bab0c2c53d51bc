import type { Action, Outcome } from "@sidelight/platform-kit/action.ts";
import { byHalves, groupSame, performGroups } from "@sidelight/platform-kit/batch.ts";
import { done, failed } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { idPrefixes, objectOf, refOf } from "../objects.ts";
import { canonicalId } from "../soql.ts";
import type { StreamTools } from "../streams.ts";
import { FieldValues, idOf, RecordKey } from "./fields.ts";
import { failureOf, mayBeOnes, notSaved } from "./refusals.ts";

const Input = z.strictObject({
  object: z.enum(["account", "contact", "lead", "opportunity", "case"]),
  id: RecordKey,
  fields: FieldValues.refine((fields) => Object.keys(fields).length > 0, "no field"),
});
type Input = z.infer<typeof Input>;

/** "Up to 200 records" in a collection. */
const mostRecords = 200;

/** Sets fields of records by `PATCH /composite/sobjects`. Doing it again changes nothing. */
export function setFields(tools: StreamTools): Action<Input> {
  const action: Action<Input> = {
    summary: "Sets fields of a record",
    input: Input,
    batch: mostRecords,
    sameAs: ({ object, id }) => `${object}:${idOf(id)}`,
    merge: (older, newer) => ({ ...newer, fields: { ...older.fields, ...newer.fields } }),
    perform: (effects, call) =>
      performGroups(groupSame(action, effects), async (inputs) => {
        // A collection takes records of one object after the other; many changes between them are refused.
        const sorted = inputs.filter(isOfObject).sort((a, b) => (a.object < b.object ? -1 : a.object > b.object ? 1 : 0));
        const outcomes = await byHalves(sorted, (some) => save(tools, some, call), mayBeOnes);
        const byInput = new Map(sorted.map((input, i) => [input, outcomes[i]!]));
        return inputs.map(
          (input) => byInput.get(input) ?? failed("misconfigured", `The id is none of the object ${input.object}.`),
        );
      }),
  };
  return action;
}

const isOfObject = ({ object, id }: Input): boolean => canonicalId(idOf(id), [idPrefixes[objectOf[object]!]]) !== null;

async function save({ client, now }: StreamTools, inputs: Input[], call: CallOptions): Promise<Outcome[]> {
  const records = inputs.map(({ object, id, fields }) => ({ attributes: { type: objectOf[object]! }, id: idOf(id), ...fields }));
  try {
    const saved = await client.save(records, call);
    return saved.map((one, i) => {
      const { object, id } = inputs[i]!;
      return one.success ? done(refOf(objectOf[object]!, idOf(id))) : notSaved(one, now());
    });
  } catch (error) {
    if (inputs.length > 1) throw error;
    return [failureOf(error, now())];
  }
}
