import type { SfRow, SfValue } from "../../../world/types.ts";
import { fail } from "../errors.ts";
import { byPrefix, type Field, NAME_FIELDS, type ObjectSchema, schemaOf } from "../schema.ts";

export type Lookup = (id: string) => SfRow | undefined;

/** A field path of an object, with its relationships. */
export interface Path {
  /** Canonical names: `["Owner", "Name"]`. */
  names: string[];
  field: Field;
  get(row: SfRow): SfValue;
  /** The related row of each relationship in the path. Ends at the first null. */
  targets(row: SfRow): SfRow[];
}

const noColumn = (name: string, entity: string): never =>
  fail(
    "INVALID_FIELD",
    `\nERROR at Row:1:Column:8\nNo such column '${name}' on entity '${entity}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
  );

/** Resolves `Account.Owner.Name` against the schema. The path may start with the alias of the FROM clause. */
export function resolvePath(schema: ObjectSchema, fieldPath: string, lookup: Lookup, alias?: string): Path {
  let parts = fieldPath.split(".");
  const head = parts[0]!.toLowerCase();
  if (parts.length > 1 && (head === alias?.toLowerCase() || head === schema.name.toLowerCase()) && !relationship(schema, head))
    parts = parts.slice(1);
  // "No more than five child-to-parent relationships can be specified in a query."
  if (parts.length > 6) fail("INVALID_FIELD", "A relationship path may have at most five levels");
  return walk(schema, parts, lookup);
}

function walk(schema: ObjectSchema, parts: string[], lookup: Lookup): Path {
  const name = parts[0]!;
  if (parts.length === 1) {
    const field = schema.fields.get(name.toLowerCase());
    if (!field) return noColumn(name, schema.name);
    return { names: [field.name], field, get: (row) => readValue(field, row), targets: () => [] };
  }
  const link = relationship(schema, name);
  if (!link) {
    return fail(
      "INVALID_FIELD",
      `\nERROR at Row:1:Column:8\nDidn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  }
  const follow = (row: SfRow): SfRow | undefined => {
    const id = row[link.name];
    return typeof id === "string" ? lookup(id) : undefined;
  };
  if (link.references.length > 1) return polymorphic(link, parts, follow);
  const tail = walk(schemaOf(link.references[0]!)!, parts.slice(1), lookup);
  return {
    names: [link.relationship!, ...tail.names],
    field: tail.field,
    get(row) {
      const target = follow(row);
      return target ? tail.get(target) : null;
    },
    targets(row) {
      const target = follow(row);
      return target ? [target, ...tail.targets(target)] : [];
    },
  };
}

const readValue = ({ name, formula }: Field, row: SfRow): SfValue => (formula ? formula(row) : (row[name] ?? null));

const relationship = (schema: ObjectSchema, name: string): Field | undefined =>
  [...schema.fields.values()].find((field) => field.relationship?.toLowerCase() === name.toLowerCase());

/** A polymorphic relationship offers only the fields of the Name object. */
function polymorphic(link: Field, parts: string[], follow: (row: SfRow) => SfRow | undefined): Path {
  const name = parts[1]!;
  if (parts.length > 2 || !NAME_FIELDS.has(name.toLowerCase())) return noColumn(name, "Name");
  const isType = name.toLowerCase() === "type";
  const candidates = link.references.map((object) => schemaOf(object)?.fields.get(name.toLowerCase())).find(Boolean);
  const field: Field =
    isType || !candidates ? { ...schemaOf("Group")!.fields.get("name")!, name: isType ? "Type" : name } : candidates;
  return {
    names: [link.relationship!, field.name],
    field,
    get(row) {
      const target = follow(row);
      if (!target) return null;
      if (isType) return target.Id.startsWith("00G") ? "Queue" : byPrefix(target.Id)!.name;
      return readValue(field, target);
    },
    targets(row) {
      const target = follow(row);
      return target ? [target] : [];
    },
  };
}
