import type { SfRow, SfValue } from "../../world/types.ts";
import { byPrefix, type Field } from "./schema.ts";
import type { Path } from "./soql/paths.ts";
import type { Result } from "./soql/run.ts";

export const base = (version: string): string => `/services/data/${version}`;

/** `2026-11-21T01:06:00.000+0000` */
export const wireTime = (iso: string): string => new Date(iso).toISOString().replace("Z", "+0000");

export const value = (field: Field, raw: SfValue | undefined): SfValue =>
  raw === undefined || raw === null ? null : field.type === "datetime" && typeof raw === "string" ? wireTime(raw) : raw;

const attributes = (type: string, id: string, version: string, object = type): object => ({
  type,
  url: `${base(version)}/sobjects/${object}/${id}`,
});

type Wire = Record<string, unknown>;

/** A row as a query returns it: attributes first, relationships nested, an absent parent null. */
export function record(row: SfRow, result: Pick<Result, "schema" | "columns">, version: string): Wire {
  const wire: Wire = { attributes: attributes(result.schema.name, row.Id, version) };
  for (const column of result.columns) {
    if ("child" in column) {
      const children = column.result(row);
      wire[column.child] =
        children.rows.length === 0
          ? null
          : {
              totalSize: children.rows.length,
              done: true,
              records: children.rows.map((inner) => record(inner, children, version)),
            };
    } else place(wire, column.path, row, result, version);
  }
  return wire;
}

function place(wire: Wire, path: Path, row: SfRow, result: Pick<Result, "schema">, version: string): void {
  if (path.names.length === 1) {
    wire[path.names[0]!] = value(path.field, path.get(row));
    return;
  }
  const targets = path.targets(row);
  let node = wire;
  let schema = result.schema;
  for (let i = 0; i < path.names.length - 1; i++) {
    const name = path.names[i]!;
    const target = targets[i];
    if (!target) {
      node[name] = null;
      return;
    }
    const link = [...schema.fields.values()].find((field) => field.relationship === name)!;
    schema = byPrefix(target.Id)!;
    node[name] ??= { attributes: attributes(link.references.length > 1 ? "Name" : schema.name, target.Id, version, schema.name) };
    node = node[name] as Wire;
  }
  node[path.names.at(-1)!] = value(path.field, path.get(row));
}
