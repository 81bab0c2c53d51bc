import { changedMembers } from "@sidelight/model/changedMembers.ts";
import type { RecordData } from "@sidelight/model/records.ts";
import type { Action, Outcome, Write } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { failure, outcomeOf, success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";
import { customKeysOf, type FieldObject, updateOf } from "../fieldAccess.ts";
import { type Mapping, organizationRecord, organizationRef, userRecord, userRef } from "../records.ts";
import { ZendeskRefusal } from "../refusal.ts";
import { fieldName } from "../reportedValues.ts";
import { WireOrganization, WireUser } from "../wire.ts";
import { idOf } from "./ids.ts";

const Values = z
  .record(z.string().min(1).max(255), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .refine((fields) => Object.keys(fields).length > 0, "Set at least one field.");
const keyOf = (object: FieldObject) =>
  z.string().regex(new RegExp(`^(zendesk\\.${object}:)?[1-9]\\d{0,18}$`), `not a ref or id of a ${object}`);

const UserInput = z.strictObject({ user: keyOf("user"), fields: Values });
const OrganizationInput = z.strictObject({ organization: keyOf("organization"), fields: Values });

type Fields = z.infer<typeof Values>;

/** Sets standard and custom fields of a user: `phone`, `job_title`. Idempotent. */
export const setUserFields = (client: ZendeskClient, mapping: Mapping): Action<z.infer<typeof UserInput>> =>
  setFields(client, mapping, { object: "user", input: UserInput, keyOf: ({ user }) => idOf(user) });

/** Sets standard and custom fields of an organization: `notes`, `support_tier`. Idempotent. */
export const setOrganizationFields = (client: ZendeskClient, mapping: Mapping): Action<z.infer<typeof OrganizationInput>> =>
  setFields(client, mapping, {
    object: "organization",
    input: OrganizationInput,
    keyOf: ({ organization }) => idOf(organization),
  });

interface Target<Input> {
  object: FieldObject;
  input: z.ZodType<Input>;
  keyOf(input: Input): string;
}

function setFields<Input extends { fields: Fields }>(
  client: ZendeskClient,
  mapping: Mapping,
  { object, input: schema, keyOf: idOfInput }: Target<Input>,
): Action<Input> {
  return {
    summary: `Sets fields of ${object === "user" ? "a user" : "an organization"}`,
    purpose: "support",
    input: schema,
    batch: 1,
    sameAs: (input) => refOf(object, idOfInput(input)),
    merge: (older, newer) => ({ ...newer, fields: { ...older.fields, ...newer.fields } }),
    writes: (input) => [writeOf(object, idOfInput(input), input.fields, mapping)],
    perform: (effects, call) => performEach(effects, ({ input }) => save(client, object, idOfInput(input), input.fields, call)),
  };
}

const refOf = (object: FieldObject, id: string): string => (object === "user" ? userRef(id) : organizationRef(id));

/** Members of the stored record, by the same conversion that reads it, and custom fields as events report them. */
function writeOf(object: FieldObject, id: string, fields: Fields, mapping: Mapping): Write {
  const members = changedMembers(dataOf(object, id, {}, mapping), dataOf(object, id, updateOf(object, fields), mapping));
  const custom = customKeysOf(object, Object.keys(fields)).map((key): [string, unknown] => [
    fieldName(key),
    fields[key] ?? fields[`${object}_fields.${key}`] ?? null,
  ]);
  return {
    object: `zendesk.${object}`,
    ref: refOf(object, id),
    isCreation: false,
    values: { ...Object.fromEntries(members.map(({ name, value }) => [name, value])), ...Object.fromEntries(custom) },
  };
}

function dataOf(object: FieldObject, id: string, members: Record<string, unknown>, mapping: Mapping): RecordData | null {
  const row = { id, updated_at: new Date(0).toISOString(), ...members };
  const origin = { connection: "", observedAt: 0 };
  if (object === "organization") return organizationRecord(WireOrganization.parse(row), mapping, origin).data;
  return userRecord(WireUser.parse(row), [], mapping, origin)?.data ?? null;
}

async function save(client: ZendeskClient, object: FieldObject, id: string, fields: Fields, call: CallOptions): Promise<Outcome> {
  const route = `/api/v2/${object}s`;
  const body = { [object]: updateOf(object, fields) };
  const Answer = z.looseObject({ [object]: z.looseObject({}) });
  try {
    const access = object === "organization" ? { access: "writeOrganizations" as const } : {};
    await client.write({ method: "PUT", path: `${route}/${id}`, route: `${route}/{id}`, body, ...access }, Answer, call);
    return success(refOf(object, id));
  } catch (error) {
    if (!(error instanceof ZendeskRefusal)) return outcomeOf(error);
    if (error.status === 409) return failure("conflict", `The ${object} was changed at the same time.`, { isRetryable: true });
    if (error.status !== 422 && error.status !== 400) return outcomeOf(error);
    return failure("rejected", `Zendesk refused a value of the ${object}'s fields ${Object.keys(fields).join(", ")}.`);
  }
}
