import { PROBABILITY } from "../../world/deals.ts";
import { canonicalId } from "../../world/ids.ts";
import type { SfRow, SfValue } from "../../world/types.ts";
import { type Context, nowIso, recordEffect } from "../context.ts";
import { checkDuplicates } from "./duplicates.ts";
import { fail } from "./errors.ts";
import { type ObjectSchema, schemaOf } from "./schema.ts";
import { uniqueExternalIds, writtenFields } from "./validate.ts";

export function objectOf(name: string): ObjectSchema {
  return schemaOf(name) ?? fail("NOT_FOUND", "The requested resource does not exist", 404);
}

/** The live row, or Salesforce's error when there is none. */
export function rowOf(ctx: Context, schema: ObjectSchema, id: string): SfRow {
  const canonical = canonicalId(id);
  if (canonical === undefined)
    return fail("NOT_FOUND", `Provided external ID field does not exist or is not accessible: ${id}`, 404);
  const row = ctx.world.salesforce.tables[schema.name].get(canonical);
  if (!row) return fail("NOT_FOUND", "The requested resource does not exist", 404);
  if (row["IsDeleted"] === true) return fail("ENTITY_IS_DELETED", "entity is deleted", 404);
  return row;
}

const writable = (schema: ObjectSchema): void => {
  if (!schema.writable) fail("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", `entity type ${schema.name} cannot be written by this user`);
};

const DEFAULTS: Record<string, Record<string, SfValue>> = {
  Task: { Status: "Not Started", Priority: "Normal" },
  Case: { Status: "New", Priority: "Medium" },
  Lead: { Status: "Open - Not Contacted", HasOptedOutOfEmail: false, IsConverted: false },
  Contact: { HasOptedOutOfEmail: false },
  Event: { IsAllDayEvent: false },
};

export function create(ctx: Context, schema: ObjectSchema, body: unknown, headers: Headers): string {
  writable(schema);
  const world = ctx.world.salesforce;
  const fields = writtenFields(world, schema, body, true);
  uniqueExternalIds(world, schema, fields, null);
  checkDuplicates(ctx, schema, fields, null, headers);
  const table = world.tables[schema.name];
  const id = nextId(ctx, schema);
  const timestamp = nowIso(ctx);
  const userId = world.integrationUser;
  const row: SfRow = {
    OwnerId: userId,
    CurrencyIsoCode: "USD",
    ...(schema.name === "Case" ? { CaseNumber: String(1000 + table.size).padStart(8, "0") } : {}),
    ...DEFAULTS[schema.name],
    ...fields,
    Id: id,
    IsDeleted: false,
    CreatedDate: timestamp,
    CreatedById: userId,
    LastModifiedDate: timestamp,
    LastModifiedById: userId,
    SystemModstamp: timestamp,
  };
  ctx.world.change(() => {
    table.put(derived(schema, row, timestamp));
    recordEffect(ctx, world.effects, schema.name, id, fields, "create");
  });
  return id;
}

export function update(ctx: Context, schema: ObjectSchema, row: SfRow, body: unknown, headers: Headers): void {
  writable(schema);
  if (row["IsConverted"] === true) fail("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead");
  const world = ctx.world.salesforce;
  const fields = writtenFields(world, schema, body, false);
  uniqueExternalIds(world, schema, fields, row.Id);
  checkDuplicates(ctx, schema, { ...row, ...fields }, row.Id, headers);
  const timestamp = nowIso(ctx);
  const stamp = { LastModifiedDate: timestamp, LastModifiedById: world.integrationUser, SystemModstamp: timestamp };
  ctx.world.change(() => {
    world.tables[schema.name].put(derived(schema, { ...row, ...fields, ...stamp, Id: row.Id }, timestamp));
    recordEffect(ctx, world.effects, schema.name, row.Id, fields, "update");
  });
}

export function remove(ctx: Context, schema: ObjectSchema, row: SfRow): void {
  writable(schema);
  const world = ctx.world.salesforce;
  const timestamp = nowIso(ctx);
  ctx.world.change(() => {
    world.tables[schema.name].put({
      ...row,
      IsDeleted: true,
      LastModifiedDate: timestamp,
      SystemModstamp: timestamp,
      Id: row.Id,
    });
    recordEffect(ctx, world.effects, schema.name, row.Id, {}, "delete");
  });
}

export function nextId(ctx: Context, schema: ObjectSchema): string {
  const table = ctx.world.salesforce.tables[schema.name];
  let n = 1_000_000 + table.size;
  while (table.get(ctx.world.ids.salesforce.make(schema.name, n))) n++;
  return ctx.world.ids.salesforce.make(schema.name, n);
}

/** Sets derived fields. */
export function derived(schema: { name: string }, row: SfRow, timestamp: string): SfRow {
  switch (schema.name) {
    case "Contact":
    case "Lead":
      return { ...row, Name: [row["FirstName"], row["LastName"]].filter(Boolean).join(" ") };
    case "Opportunity": {
      const stage = String(row["StageName"]);
      return {
        ...row,
        IsClosed: stage.startsWith("Closed"),
        IsWon: stage === "Closed Won",
        Probability: PROBABILITY[stage] ?? row["Probability"] ?? null,
      };
    }
    case "Task": {
      const isClosed = row["Status"] === "Completed";
      const relatedId = row["WhatId"];
      return {
        ...row,
        IsClosed: isClosed,
        CompletedDateTime: isClosed ? (row["CompletedDateTime"] ?? timestamp) : null,
        AccountId: typeof relatedId === "string" && relatedId.startsWith("001") ? relatedId : null,
      };
    }
    case "Case": {
      const isClosed = row["Status"] === "Closed";
      return { ...row, IsClosed: isClosed, ClosedDate: isClosed ? (row["ClosedDate"] ?? timestamp) : null };
    }
    default:
      return row;
  }
}
