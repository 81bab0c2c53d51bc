import { canonicalId } from "../../world/ids.ts";
import type { SalesforceWorld, SfRow, SfValue } from "../../world/types.ts";
import { fail, SalesforceError } from "./errors.ts";
import { byPrefix, type Field, type ObjectSchema } from "./schema.ts";

/** Validates a client's values and returns them in stored form. */
export function writtenFields(
  world: SalesforceWorld,
  schema: ObjectSchema,
  body: unknown,
  creating: boolean,
): Record<string, SfValue> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return fail("JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body.");
  }
  const values: Record<string, SfValue> = {};
  const readOnlyNames: string[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (name === "attributes") continue;
    const field = schema.fields.get(name.toLowerCase());
    if (!field) return fail("INVALID_FIELD", `No such column '${name}' on sobject of type ${schema.name}`);
    if (field.name === "Id") return fail("INVALID_FIELD", "The Id field should not be specified in the sobject data.");
    if (!field.writable) {
      readOnlyNames.push(field.name);
      continue;
    }
    values[field.name] = converted(world, schema, field, value);
  }
  if (readOnlyNames.length > 0) {
    fail(
      "INVALID_FIELD_FOR_INSERT_UPDATE",
      `Unable to create/update fields: ${readOnlyNames.join(", ")}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
      400,
      readOnlyNames,
    );
  }
  const missingNames = [...schema.fields.values()]
    .filter((f) => f.required && (creating ? isEmpty(values[f.name]) : f.name in values && isEmpty(values[f.name])))
    .map((f) => f.name);
  if (missingNames.length > 0)
    fail("REQUIRED_FIELD_MISSING", `Required fields are missing: [${missingNames.join(", ")}]`, 400, missingNames);
  return values;
}

const isEmpty = (value: SfValue | undefined): boolean => value === undefined || value === null || value === "";

const parserError = (field: Field, value: unknown): never => {
  const kind =
    typeof value === "string"
      ? "VALUE_STRING"
      : typeof value === "boolean"
        ? `VALUE_${String(value).toUpperCase()}`
        : Array.isArray(value)
          ? "START_ARRAY"
          : typeof value === "number"
            ? "VALUE_NUMBER"
            : "START_OBJECT";
  return fail(
    "JSON_PARSER_ERROR",
    `Cannot deserialize instance of ${field.type} from ${kind} value ${String(value).slice(0, 80)} or request may be missing a required field at [line:1, column:1]`,
  );
};

function converted(world: SalesforceWorld, schema: ObjectSchema, field: Field, value: unknown): SfValue {
  if (value === null) {
    return field.type === "boolean"
      ? fail("INVALID_TYPE_ON_FIELD_IN_RECORD", `${field.name}: value not of required type: `, 400, [field.name])
      : null;
  }
  switch (field.type) {
    case "boolean":
      return typeof value === "boolean" ? value : parserError(field, value);
    case "currency":
    case "percent":
    case "double":
    case "int": {
      const number =
        typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
      if (!Number.isFinite(number) || (field.type === "int" && !Number.isInteger(number))) return parserError(field, value);
      return number;
    }
    case "date":
      if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}/.test(value) || Number.isNaN(Date.parse(value)))
        return parserError(field, value);
      return value.slice(0, 10);
    case "datetime":
      if (typeof value !== "string" || !/T\d{2}:\d{2}/.test(value) || Number.isNaN(Date.parse(value)))
        return parserError(field, value);
      return `${new Date(value).toISOString().slice(0, 19)}Z`;
    case "reference":
      return typeof value === "string" ? reference(world, field, value) : parserError(field, value);
    default:
      return typeof value === "string" ? textual(schema, field, value) : parserError(field, value);
  }
}

function textual(schema: ObjectSchema, field: Field, value: string): SfValue {
  // Salesforce trims text and stores empty text as null.
  const text = value.trim();
  if (text === "") return null;
  if (text.length > field.length) {
    return fail(
      "STRING_TOO_LONG",
      `${schema.label} ${field.name}: data value too large: ${text.slice(0, 60)} (max length=${field.length})`,
      400,
      [field.name],
    );
  }
  if (field.type === "email" && !/^[^\s@"(),:;<>[\]\\]+@[^\s@"(),:;<>[\]\\]+\.[^\s@.]+$/.test(text)) {
    return fail("INVALID_EMAIL_ADDRESS", `${field.name}: invalid email address: ${text}`, 400, [field.name]);
  }
  if (field.values && !field.values.includes(text)) {
    return fail(
      "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
      `${field.name}: bad value for restricted picklist field: ${text}`,
      400,
      [field.name],
    );
  }
  return text;
}

function reference(world: SalesforceWorld, field: Field, value: string): SfValue {
  const id = canonicalId(value);
  const target = id === undefined ? undefined : byPrefix(id);
  if (id === undefined || !target || !field.references.includes(target.name)) {
    return fail("MALFORMED_ID", `${field.name}: id value of incorrect type: ${value}`, 400, [field.name]);
  }
  const row = world.tables[target.name].get(id);
  if (!row) return fail("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", 400, []);
  if (row["IsDeleted"] === true) return fail("ENTITY_IS_DELETED", "entity is deleted", 400, []);
  if (field.name === "OwnerId" && row["IsActive"] === false) {
    return fail("INACTIVE_OWNER_OR_USER", `operation performed with inactive user [${id}] as owner`, 400, []);
  }
  return id;
}

/** An external id belongs to one record. */
export function uniqueExternalIds(
  world: SalesforceWorld,
  schema: ObjectSchema,
  fields: Record<string, SfValue>,
  ownId: string | null,
): void {
  for (const field of schema.fields.values()) {
    const value = fields[field.name];
    if (!field.externalId || typeof value !== "string") continue;
    const existing = holders(world, schema, field, value).find((row) => row.Id !== ownId);
    if (existing) {
      throw new SalesforceError(400, [
        {
          message: `duplicate value found: ${field.name} duplicates value on record with id: ${existing.Id}`,
          errorCode: "DUPLICATE_VALUE",
          fields: [],
        },
      ]);
    }
  }
}

/** External ids compare without case unless the field is case-sensitive. */
export const holders = (world: SalesforceWorld, schema: ObjectSchema, field: Field, value: string): SfRow[] =>
  [...world.tables[schema.name].values()].filter(
    (row) =>
      row["IsDeleted"] !== true &&
      typeof row[field.name] === "string" &&
      String(row[field.name]).toLowerCase() === value.toLowerCase(),
  );
