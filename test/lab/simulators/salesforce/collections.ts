import { canonicalId } from "../../world/ids.ts";
import type { Context } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { fail, type ResponseParts, SalesforceError } from "./errors.ts";
import { create, objectOf, remove, rowOf, update } from "./records.ts";
import { byPrefix, type ObjectSchema } from "./schema.ts";
import { body, fullRecord, upsert } from "./sobjects.ts";

const MAX = 200;

interface Saved {
  id?: string;
  success: boolean;
  created?: boolean;
  errors: { statusCode: string; message: string; fields: string[] }[];
}

type Item = { attributes?: { type?: unknown } } & Record<string, unknown>;

function records(call: Call): { allOrNone: boolean; records: Item[] } {
  const data = body(call) as { allOrNone?: unknown; records?: unknown };
  if (!Array.isArray(data?.records)) return fail("JSON_PARSER_ERROR", "Unexpected type, expected an array of records");
  tooMany(data.records.length);
  return { allOrNone: data.allOrNone === true, records: data.records as Item[] };
}

const tooMany = (n: number): void => {
  if (n > MAX) fail("EXCEEDED_MAX_SIZE_REQUEST", `record limit reached. cannot submit more than ${MAX} records into this call`);
};

const typeOf = (item: Item): ObjectSchema => {
  const type = item.attributes?.type;
  if (typeof type !== "string") return fail("INVALID_FIELD", "The attributes.type of a record is required");
  return objectOf(type);
};

/** "If the request isn't well formed, the API returns a 400": one unreadable value suffices, and nothing is written. */
const isUnreadable = (error: SalesforceError): boolean => error.faults.some((f) => f.errorCode === "JSON_PARSER_ERROR");

/** Returns 200 with a result per record, unless the request itself is invalid. */
function forEachItem(ctx: Context, items: readonly unknown[], allOrNone: boolean, work: (item: never) => Saved): ResponseParts {
  const results: Saved[] = [];
  const attempt = (): void => {
    for (const item of items) {
      try {
        results.push(ctx.world.change(() => work(item as never)));
      } catch (error) {
        if (!(error instanceof SalesforceError) || isUnreadable(error)) throw error;
        results.push({
          success: false,
          errors: error.faults.map((f) => ({ statusCode: f.errorCode, message: f.message, fields: f.fields ?? [] })),
        });
      }
    }
    if (allOrNone && results.some((result) => !result.success)) throw ROLL_BACK;
  };
  try {
    ctx.world.change(attempt);
    return { status: 200, body: results };
  } catch (error) {
    if (error !== ROLL_BACK) throw error;
    const rolledBack = {
      statusCode: "ALL_OR_NONE_OPERATION_ROLLED_BACK",
      message: "Record rolled back because not all records were valid and the request was using AllOrNone header",
      fields: [],
    };
    return { status: 200, body: results.map((result) => (result.success ? { success: false, errors: [rolledBack] } : result)) };
  }
}
const ROLL_BACK = new Error("roll back");

export function collectionRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  const path = "/services/data/:version/composite/sobjects";
  routes.on("POST", path, (call) => {
    const input = records(call);
    return forEachItem(ctx, input.records, input.allOrNone, (item: Item) => ({
      id: create(ctx, typeOf(item), item, call.headers),
      success: true,
      errors: [],
    }));
  });
  routes.on("PATCH", path, (call) => {
    const input = records(call);
    return forEachItem(ctx, input.records, input.allOrNone, (item: Item) => {
      const { id: lower, Id: upper, ...fields } = item;
      const id = String(upper ?? lower ?? "");
      const schema = typeOf(item);
      if (id === "") fail("MISSING_ARGUMENT", "Id not specified in an update call");
      if (canonicalId(id) === undefined || byPrefix(id)?.name !== schema.name)
        fail("MALFORMED_ID", `Record ID: id value of incorrect type: ${id}`, 400, ["Id"]);
      const row = rowOf(ctx, schema, id);
      update(ctx, schema, row, fields, call.headers);
      return { id: row.Id, success: true, errors: [] };
    });
  });
  routes.on("PATCH", `${path}/:object/:field`, (call) => {
    const input = records(call);
    const schema = objectOf(call.params["object"]!);
    return forEachItem(ctx, input.records, input.allOrNone, (item: Item) => {
      const key = Object.keys(item).find((name) => name.toLowerCase() === call.params["field"]!.toLowerCase());
      const external = key === undefined ? undefined : item[key];
      if (typeof external !== "string" || key === undefined)
        return fail("MISSING_ARGUMENT", `${call.params["field"]} not specified`);
      const { [key]: _, ...fields } = item;
      const answer = upsert(ctx, schema, call.params["field"]!, external, fields, call);
      if (answer.status === 300)
        return fail("DUPLICATE_EXTERNAL_ID", `${external}: more than one record found for external id field`);
      return answer.body as Saved;
    });
  });
  routes.on("DELETE", path, (call) => {
    const ids = (call.query.get("ids") ?? "").split(",").filter(Boolean);
    if (ids.length === 0) return fail("MISSING_ARGUMENT", "ids parameter is required");
    tooMany(ids.length);
    return forEachItem(ctx, ids, call.query.get("allOrNone") === "true", (id: string) => {
      const schema = byPrefix(id) ?? fail("MALFORMED_ID", `malformed id ${id}`);
      const row = rowOf(ctx, schema, id);
      remove(ctx, schema, row);
      return { id: row.Id, success: true, errors: [] };
    });
  });
  const retrieve = (call: Call, ids: readonly string[], fields: string): ResponseParts => {
    const schema = objectOf(call.params["object"]!);
    if (ids.length > 2_000)
      fail("EXCEEDED_MAX_SIZE_REQUEST", "record limit reached. cannot submit more than 2000 records into this call");
    return {
      status: 200,
      body: ids.map((id) => {
        const row = ctx.world.salesforce.tables[schema.name].get(canonicalId(id) ?? "");
        return row && row["IsDeleted"] !== true ? fullRecord(schema, row, fields, call.params["version"]!) : null;
      }),
    };
  };
  routes.on("GET", `${path}/:object`, (call) =>
    retrieve(call, (call.query.get("ids") ?? "").split(",").filter(Boolean), call.query.get("fields") ?? "Id"),
  );
  routes.on("POST", `${path}/:object`, (call) => {
    const input = body(call) as { ids?: string[]; fields?: string[] };
    if (!Array.isArray(input.ids) || !Array.isArray(input.fields))
      return fail("JSON_PARSER_ERROR", "ids and fields are required");
    return retrieve(call, input.ids, input.fields.join(","));
  });
}
