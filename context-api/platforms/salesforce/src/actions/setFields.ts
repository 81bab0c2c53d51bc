import { changedMembers, edgeMembers } from "@sidelight/model/changedMembers.ts";
import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import type { Action, Outcome, Write } from "@sidelight/platform-kit/action.ts";
import { groupSame, missingOutcome, performBisecting, performGroups } from "@sidelight/platform-kit/batch.ts";
import { failure, success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { Row } from "../client.ts";
import { mappedFields, standardFields } from "../fields.ts";
import { idPrefixes, refOf, type SalesforceObject } from "../objects.ts";
import type { Mapping } from "../options.ts";
import { toRecord } from "../records.ts";
import type { StreamTools } from "../streams.ts";
import { withEmails } from "./emails.ts";
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
    quota: "daily",
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

/** Members that Salesforce changes together with a field. */
const derivedMembers: Record<string, readonly string[]> = {
  ...{ StageName: ["/state", "/closeDate"], Status: ["/closedAt"], OwnerId: ["/owner/name", "/owner/email"] },
};
/** Members that Salesforce puts together from several fields. */
const nameFields: readonly string[] = ["Salutation", "FirstName", "MiddleName", "LastName", "Suffix"];
/** Relations by the field that holds them. */
const edgeFields: Record<string, string> = { AccountId: "/edges/account", ContactId: "/edges/person", ParentId: "/edges/parent" };
const currencyMembers: Partial<Record<Input["object"], string>> = { account: "/arr/currency", opportunity: "/amount/currency" };

/** Other values that a field may have had, of every type: a member that the new value changes is found by one of them. */
const otherValues: readonly ((value: unknown) => unknown)[] = [
  (value) => `${value}-`,
  () => 1,
  (value) => value !== true,
  () => "previous@sidelight-previous.com",
  () => "https://sidelight-previous.com",
  () => "+1 202 555 0100",
];

/** The members of the stored record that the fields give, by the same conversion that reads the record. */
function writeOf({ object, id, fields: input }: Input, mapping: Mapping): Write {
  const fields = withEmails(withOwnSpelling(apiNames[object], input, mapping), mapping);
  const names = Object.keys(fields);
  const membersOf = (values: Record<string, unknown>) => {
    const row = { Id: idOf(id), attributes: {}, ...values } as Row;
    const { data, edges } = toRecord[apiNames[object]](row, mapping, { connection: "", observedAt: 0 });
    return { ...data, edges: edgeMembers(edges) };
  };
  const previous = [{}, ...otherValues.map((otherFields) => mapValues(fields, otherFields))].map(membersOf);
  // Salesforce takes a number as text too.
  const next = [mapValues(fields, (value) => (value === "" || value === null ? value : Number(value))), fields].map(membersOf);
  const members = next.flatMap((nextMembers) =>
    previous.flatMap((previousMembers) => changedMembers(previousMembers, nextMembers)),
  );
  const values = Object.fromEntries(members.map(({ name, value }) => [name, value]));
  for (const name of names) if (fields[name] === null && edgeFields[name]) values[edgeFields[name]] = null;
  const currencyMember = currencyMembers[object];
  const currency = fields["CurrencyIsoCode"];
  if (currency !== undefined && currencyMember) values[currencyMember] = currency;
  return {
    object: `salesforce.${object}`,
    ref: refOf(apiNames[object], idOf(id)),
    isCreation: false,
    values,
    derived: [
      ...names.flatMap((name) => derivedMembers[name] ?? []),
      // Of an amount that was empty before.
      ...(currency === undefined && currencyMember && currencyMember in values ? [currencyMember] : []),
    ],
    unforeseen: names.some((name) => nameFields.includes(name)) ? ["/name"] : [],
  };
}

/** The fields with names as the mapping spells them: Salesforce compares names without case. */
function withOwnSpelling(object: SalesforceObject, fields: Input["fields"], mapping: Mapping): Input["fields"] {
  const spellings = [...standardFields[object], ...mappedFields(object, mapping), ...nameFields, "ParentId", "CurrencyIsoCode"];
  const spelling = new Map(spellings.map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [spelling.get(name.toLowerCase()) ?? name, value]));
}

const mapValues = (fields: Input["fields"], change: (value: unknown) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));

const isOfObject = ({ object, id }: Input): boolean => salesforceId(idOf(id), [idPrefixes[apiNames[object]]]) !== null;

async function save({ client, now, options: { mapping } }: StreamTools, inputs: Input[], call: CallOptions): Promise<Outcome[]> {
  const records = inputs.map(({ object, id, fields }) => ({
    ...{ attributes: { type: apiNames[object] }, id: idOf(id) },
    ...withEmails(fields, mapping),
  }));
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
