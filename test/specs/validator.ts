import { Ajv2019, type ErrorObject, type ValidateFunction } from "ajv/dist/2019.js";
import addFormats from "ajv-formats";
import type { Document } from "./document.ts";
import type { Schema } from "./schema.ts";

/** Says what is wrong with a value, in words; nothing when it fits. */
export type Validate = (schema: Schema, value: unknown) => string[];

export interface Validators {
  /** JSON that a client sends: what only the server may write is refused. */
  sent: Validate;
  /** JSON that a server answers. */
  answered: Validate;
  /** A value that stands as text in a path, a query, a header or a form. */
  text: Validate;
}

export function createValidators(documents: readonly Document[]): Validators {
  return {
    sent: validate(documents, "readOnly"),
    answered: validate(documents, "writeOnly"),
    text: validate(documents, null),
  };
}

/** OpenAPI 3.0 differs little from JSON schema: Ajv knows `nullable`, and passes over `example` and its like. */
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
  const where = instancePath.replace(/^\/value/, "") || "/";
  if (unevaluatedProperty !== undefined) return `${where} has the unknown property ${unevaluatedProperty}`;
  return `${where} ${message}${allowedValues ? ` ${JSON.stringify(allowedValues)}` : ""}`;
}
