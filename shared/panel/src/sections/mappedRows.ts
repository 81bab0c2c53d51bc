import { fieldPointer, fieldText, fieldValue } from "../mappedFields.ts";
import type { Source } from "../parts.ts";
import { row } from "../rows.ts";
import type { Scope } from "../scope.ts";
import type { RowView } from "../view.ts";

/** The mapped fields that the layout adds to a section, in its order. */
export function mappedRows(scope: Scope, name: string, source: Source): RowView[] {
  const { rows = [], fields = [] } = scope.options.layout ?? {};
  return rows.flatMap((key) => {
    const field = fields.find((candidate) => candidate.key === key && candidate.section === name);
    if (!field) return [];
    const value = fieldValue(source.section, field);
    const text = (present: NonNullable<typeof value>): string => fieldText(scope, field, present);
    return [row(scope, source, { key, label: field.label, pointer: fieldPointer(field), value, text })];
  });
}
