import type { SfRow } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { describe, describeGlobal } from "./describe.ts";
import { fail, type ResponseParts } from "./errors.ts";
import { create, objectOf, remove, rowOf, update } from "./records.ts";
import { base, value } from "./render.ts";
import type { Field, ObjectSchema } from "./schema.ts";
import { holders } from "./validate.ts";

export function body(call: Call): unknown {
  if (call.text.trim() === "")
    return fail("JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body.");
  const type = call.headers.get("content-type") ?? "";
  if (!/^application\/json/i.test(type)) return fail("UNSUPPORTED_MEDIA_TYPE", `Content type '${type}' is not supported`, 415);
  try {
    return JSON.parse(call.text) as unknown;
  } catch (error) {
    return fail("JSON_PARSER_ERROR", error instanceof Error ? error.message : "Unexpected end of input");
  }
}

const saveResult = (id: string, created?: boolean): unknown => ({
  id,
  success: true,
  errors: [],
  ...(created === undefined ? {} : { created }),
});

/** A full record, or the requested fields. */
export function fullRecord(schema: ObjectSchema, row: SfRow, fields: string | null, version: string): unknown {
  const selection = fields === null ? [...schema.fields.values()] : fields.split(",").map((name) => fieldOf(schema, name.trim()));
  const result: Record<string, unknown> = {
    attributes: { type: schema.name, url: `${base(version)}/sobjects/${schema.name}/${row.Id}` },
  };
  for (const field of selection) result[field.name] = value(field, field.formula ? field.formula(row) : row[field.name]);
  result["Id"] = row.Id;
  return result;
}

const fieldOf = (schema: ObjectSchema, name: string): Field =>
  schema.fields.get(name.toLowerCase()) ??
  fail(
    "INVALID_FIELD",
    `No such column '${name}' on entity '${schema.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.`,
  );

function externalField(schema: ObjectSchema, name: string): Field {
  const field = schema.fields.get(name.toLowerCase());
  if (!field?.externalId)
    return fail("NOT_FOUND", `Provided external ID field does not exist or is not accessible: ${name}`, 404);
  return field;
}

/** Creates or updates by external id. Returns 300 when several records match. */
export function upsert(
  ctx: Context,
  schema: ObjectSchema,
  fieldName: string,
  external: string,
  data: unknown,
  { params, headers }: Pick<Call, "params" | "headers">,
): ResponseParts {
  const version = params["version"]!;
  const field = externalField(schema, fieldName);
  if (
    typeof data === "object" &&
    data !== null &&
    Object.keys(data).some((key) => key.toLowerCase() === field.name.toLowerCase())
  ) {
    return fail("INVALID_FIELD", `The ${field.name} field should not be specified in the sobject data.`);
  }
  const matches = holders(ctx.world.salesforce, schema, field, external);
  if (matches.length > 1)
    return { status: 300, body: matches.map((row) => `${base(version)}/sobjects/${schema.name}/${row.Id}`) };
  const row = matches[0];
  if (row) {
    update(ctx, schema, row, data, headers);
    // Since version 46.0 an update returns 200 with a body; 204 before.
    return { status: 200, body: saveResult(row.Id, false) };
  }
  const id = create(ctx, schema, { ...(data as object), [field.name]: external }, headers);
  return { status: 201, body: saveResult(id, true), headers: { location: `${base(version)}/sobjects/${schema.name}/${id}` } };
}

export function sobjectRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  const object = (call: Call): ObjectSchema => objectOf(call.params["object"]!);
  const version = (call: Call): string => call.params["version"]!;
  const root = "/services/data/:version/sobjects";

  routes.on("GET", root, (call) => ({ status: 200, body: describeGlobal(version(call)) }));
  routes.on("GET", `${root}/:object/describe`, (call) => ({ status: 200, body: describe(object(call), version(call)) }));
  routes.on("POST", `${root}/:object`, (call) => {
    const schema = object(call);
    const id = create(ctx, schema, body(call), call.headers);
    return { status: 201, body: saveResult(id), headers: { location: `${base(version(call))}/sobjects/${schema.name}/${id}` } };
  });
  routes.on("GET", `${root}/:object/:id`, (call) => {
    const schema = object(call);
    return {
      status: 200,
      body: fullRecord(schema, rowOf(ctx, schema, call.params["id"]!), call.query.get("fields"), version(call)),
    };
  });
  routes.on("PATCH", `${root}/:object/:id`, (call) => {
    const schema = object(call);
    update(ctx, schema, rowOf(ctx, schema, call.params["id"]!), body(call), call.headers);
    return { status: 204 };
  });
  routes.on("DELETE", `${root}/:object/:id`, (call) => {
    const schema = object(call);
    remove(ctx, schema, rowOf(ctx, schema, call.params["id"]!));
    return { status: 204 };
  });
  routes.on("GET", `${root}/:object/:field/:value`, (call) => {
    const schema = object(call);
    const matches = holders(ctx.world.salesforce, schema, externalField(schema, call.params["field"]!), call.params["value"]!);
    if (matches.length > 1)
      return { status: 300, body: matches.map((row) => `${base(version(call))}/sobjects/${schema.name}/${row.Id}`) };
    const row = matches[0] ?? fail("NOT_FOUND", "The requested resource does not exist", 404);
    return { status: 200, body: fullRecord(schema, row, call.query.get("fields"), version(call)) };
  });
  routes.on("PATCH", `${root}/:object/:field/:value`, (call) =>
    upsert(ctx, object(call), call.params["field"]!, call.params["value"]!, body(call), call),
  );
}
