import { changedMembers } from "@sidelight/model/changedMembers.ts";
import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import type { Action, Outcome, Write } from "@sidelight/platform-kit/action.ts";
import { groupSame, missingOutcome, performBisecting, performGroups } from "@sidelight/platform-kit/batch.ts";
import { failure, success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { Row } from "../client.ts";
import { idPrefixes, refOf, type SalesforceObject } from "../objects.ts";
import type { Mapping } from "../options.ts";
import { toRecord } from "../records.ts";
import type { StreamTools } from "../streams.ts";
import { FieldValues, idOf, RecordKey } from "./fields.ts";
import { failureOf, isBisectable, unsavedOutcome } from "./refusals.ts";

const Input = z.strictObject({
  object: z.enum(["account", "contact", "lead", "opportunity", "case"]),
  id: RecordKey,
  fields: FieldValues.refine((fields) => Object.keys(fields).length > 0, "Set at least one field."),
});
type Input = z.infer<typeof Input>;

const apiNames: Record<Input["object"], SalesforceObject> = {
  account: "Account",
  contact: "Contact",
  lead: "Lead",
  opportunity: "Opportunity",
  case: "Case",
};

/** "Up to 200 records" in a collection. */
const maxRecords = 200;

/** Sets fields of records with `PATCH /composite/sobjects`. Idempotent. */
export function setFields(tools: StreamTools): Action<Input> {
  const action: Action<Input> = {
    summary: "Sets fields of a record",
    purpose: "sales",
    input: Input,
    batch: maxRecords,
    sameAs: ({ object, id }) => `${object}:${idOf(id)}`,
    merge: (older, newer) => ({ ...newer, fields: { ...older.fields, ...newer.fields } }),
    writes: (input) => [writeOf(input, tools.options.mapping)],
    perform: (effects, call) =>
      performGroups(groupSame(action, effects), async (inputs) => {
        // Sorted by object: Salesforce refuses a collection that alternates between objects too often.
        const sorted = inputs.filter(isOfObject).sort((a, b) => (a.object < b.object ? -1 : a.object > b.object ? 1 : 0));
        const outcomes = await performBisecting(sorted, (batch) => save(tools, batch, call), isBisectable);
        const byInput = new Map(sorted.map((input, i) => [input, outcomes[i] ?? missingOutcome]));
        return inputs.map(
          (input) => byInput.get(input) ?? failure("misconfigured", `The id does not belong to the object ${input.object}.`),
        );
      }),
  };
  return action;
}

/** Members that Salesforce derives from a field. */
const derivedMembers: Record<string, readonly string[]> = { StageName: ["/state"], Status: ["/closedAt"] };

/** The members of the stored record that the fields give, by the same conversion that reads the record. */
function writeOf({ object, id, fields }: Input, mapping: Mapping): Write {
  const base = { Id: idOf(id), attributes: {} };
  const origin = { connection: "", observedAt: 0 };
  const dataOf = (row: Record<string, unknown>) => toRecord[apiNames[object]](row as Row, mapping, origin).data;
  // A field that is cleared is compared with a filled one.
  const filled = Object.fromEntries(Object.keys(fields).map((name) => [name, `${fields[name]}-`]));
  const members = [dataOf(base), dataOf({ ...base, ...filled })].flatMap((previous) =>
    changedMembers(previous, dataOf({ ...base, ...fields })),
  );
  return {
    object: `salesforce.${object}`,
    ref: refOf(apiNames[object], idOf(id)),
    isCreation: false,
    values: Object.fromEntries(members.map(({ name, value }) => [name, value])),
    derived: Object.keys(fields).flatMap((name) => derivedMembers[name] ?? []),
  };
}

const isOfObject = ({ object, id }: Input): boolean => salesforceId(idOf(id), [idPrefixes[apiNames[object]]]) !== null;

async function save({ client, now }: StreamTools, inputs: Input[], call: CallOptions): Promise<Outcome[]> {
  const records = inputs.map(({ object, id, fields }) => ({ attributes: { type: apiNames[object] }, id: idOf(id), ...fields }));
  try {
    const results = await client.save(records, call);
    return inputs.map(({ object, id }, i) => {
      const result = results[i];
      if (!result) return missingOutcome;
      return result.success ? success(refOf(apiNames[object], idOf(id))) : unsavedOutcome(result, now());
    });
  } catch (error) {
    if (inputs.length > 1) throw error;
    return [failureOf(error, now())];
  }
}
