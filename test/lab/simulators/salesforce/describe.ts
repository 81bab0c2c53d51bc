import { base } from "./render.ts";
import { type Field, type ObjectSchema, SCHEMA } from "./schema.ts";

const summary = (schema: ObjectSchema, version: string): Record<string, unknown> => {
  const url = `${base(version)}/sobjects/${schema.name}`;
  return {
    name: schema.name,
    label: schema.label,
    keyPrefix: schema.prefix,
    custom: false,
    queryable: true,
    retrieveable: true,
    createable: schema.writable,
    updateable: schema.writable,
    deletable: schema.writable,
    urls: { sobject: url, describe: `${url}/describe`, rowTemplate: `${url}/{ID}` },
  };
};

const field = (f: Field): unknown => ({
  name: f.name,
  label: f.name.replace(/__c$/, "").replaceAll("_", " "),
  type: f.type,
  length: f.length,
  custom: f.name.endsWith("__c"),
  nillable: !f.required && f.type !== "boolean" && f.name !== "Id",
  createable: f.writable,
  updateable: f.writable,
  filterable: f.type !== "textarea",
  sortable: f.type !== "textarea",
  calculated: f.formula !== undefined,
  externalId: f.externalId,
  unique: f.externalId,
  idLookup: f.externalId || f.type === "id" || f.type === "email",
  restrictedPicklist: f.values !== null,
  picklistValues: (f.values ?? []).map((value) => ({ value, label: value, active: true, defaultValue: value === "USD" })),
  referenceTo: f.references,
  relationshipName: f.relationship,
  polymorphicForeignKey: f.references.length > 1,
});

export const describe = (schema: ObjectSchema, version: string): unknown => ({
  ...summary(schema, version),
  fields: [...schema.fields.values()].map(field),
  childRelationships: Object.entries(schema.children).map(([relationshipName, child]) => ({
    relationshipName,
    childSObject: child.object,
    field: child.field,
  })),
});

export const describeGlobal = (version: string): unknown => ({
  encoding: "UTF-8",
  maxBatchSize: 200,
  sobjects: [...SCHEMA.values()].map((schema) => summary(schema, version)),
});
