import { Ajv2019, type ErrorObject, type ValidateFunction } from "ajv/dist/2019.js";
import addFormats from "ajv-formats";
import type { Document } from "./document.ts";
import type { Schema } from "./schema.ts";

/** Returns the problems of a value in words; an empty list when it is valid. */
export type Validate = (schema: Schema, value: unknown) => string[];

export interface Validators {
  /** JSON sent by a client: read-only properties are refused. */
  request: Validate;
  /** JSON returned by a server. */
  response: Validate;
  /** A value written as text in a path, a query, a header or a form. */
  text: Validate;
}

export function createValidators(documents: readonly Document[]): Validators {
  return {
    request: validate(documents, "readOnly"),
    response: validate(documents, "writeOnly"),
    text: validate(documents, null),
  };
}

/** OpenAPI 3.0 differs little from JSON Schema: Ajv supports `nullable` and ignores `example` and similar keywords. */
function validate(documents: readonly Document[], forbidden: "readOnly" | "writeOnly" | null): Validate {
  const ajv = new Ajv2019({
    strict: false,
    logger: false,
    allErrors: true,
    validateSchema: false,
    coerceTypes: forbidden === null,
  });
  addFormats.default(ajv);
  if (forbidden) {
    ajv.removeKeyword(forbidden);
    ajv.addKeyword({ keyword: forbidden, validate: (is: boolean) => !is, error: { message: `is ${forbidden}` } });
  }
  for (const { id, tree } of documents) ajv.addSchema(tree, id);
  const compiled = new WeakMap<Schema, ValidateFunction>();
  return (schema, value) => {
    const test = compiled.get(schema) ?? ajv.compile({ properties: { value: schema } });
    compiled.set(schema, test);
    return test({ value }) ? [] : (test.errors ?? []).map(inWords);
  };
}

function inWords({ instancePath, message, params }: ErrorObject): string {
  const { unevaluatedProperty, allowedValues } = params as { unevaluatedProperty?: string; allowedValues?: unknown[] };
  const pointer = instancePath.replace(/^\/value/, "") || "/";
  if (unevaluatedProperty !== undefined) return `${pointer} has the unknown property ${unevaluatedProperty}`;
  return `${pointer} ${message}${allowedValues ? ` ${JSON.stringify(allowedValues)}` : ""}`;
}
