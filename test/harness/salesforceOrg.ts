import { type Field, type ObjectSchema, SCHEMA } from "../lab/simulators/salesforce/schema.ts";
import type { SfRow, SfValue, SObject } from "../lab/world/types.ts";
import type { Harness } from "./harness.ts";

/** What an administrator does to the org, or the org to us. `restore` undoes all changes of the schema. */
export interface SalesforceOrg {
  /** Deletes a field, or hides it from the integration's user. */
  removeField(object: SObject, field: string): void;
  returnField(object: SObject, field: string): void;
  /** Deletes a field and creates it again with another type. The test sets its values. */
  retypeField(object: SObject, field: string, type: Field["type"]): void;
  addFormula(object: SObject, field: string, formula: (row: SfRow) => SfValue, type?: Field["type"]): void;
  removeObject(object: SObject): void;
  returnObject(object: SObject): void;
  restore(): void;
}

/** The simulated orgs share one schema, so a test restores it. */
export function salesforceOrg(): SalesforceOrg {
  const objects = new Map(SCHEMA);
  const fields = new Map([...objects].map(([name, schema]) => [name, new Map(schema.fields)]));
  const schemaOf = (object: SObject): ObjectSchema => objects.get(object.toLowerCase())!;
  const originalField = (object: SObject, field: string): Field => fields.get(object.toLowerCase())!.get(field.toLowerCase())!;
  return {
    removeField: (object, field) => void schemaOf(object).fields.delete(field.toLowerCase()),
    returnField: (object, field) => void schemaOf(object).fields.set(field.toLowerCase(), originalField(object, field)),
    retypeField: (object, field, type) =>
      void schemaOf(object).fields.set(field.toLowerCase(), { ...originalField(object, field), type }),
    addFormula(object, name, formula, type = "currency") {
      const field: Field = { ...originalField(object, "SystemModstamp"), name, type, writable: false, formula };
      schemaOf(object).fields.set(name.toLowerCase(), field);
    },
    removeObject: (object) => void SCHEMA.delete(object.toLowerCase()),
    returnObject: (object) => void SCHEMA.set(object.toLowerCase(), schemaOf(object)),
    restore() {
      SCHEMA.clear();
      for (const [name, schema] of objects) {
        SCHEMA.set(name, schema);
        schema.fields.clear();
        for (const [key, field] of fields.get(name) ?? []) schema.fields.set(key, field);
      }
    },
  };
}

/** Rows of acme's org, changed as its own processes do: without an API call, and with the stamp that the test gives. */
export function orgRows(harness: Harness, object: SObject) {
  const { world } = harness.lab.tenants["acme"]!;
  const table = world.salesforce.tables[object];
  return {
    get: (id: string): SfRow => table.get(id)!,
    all: (): SfRow[] => [...table.values()],
    put: (row: SfRow): void => world.change(() => table.put(row)),
    /** Removes a row for good: deleted and purged from the recycle bin, or hidden by sharing. */
    remove: (id: string): void => world.change(() => table.remove(id)),
  };
}
