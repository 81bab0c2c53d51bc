import type { AnySection as UntypedSection } from "@sidelight/contracts/context/sections.ts";
import type { Body, Source } from "../parts.ts";
import { row } from "../rows.ts";
import type { Scope } from "../scope.ts";
import type { RowView } from "../view.ts";

/**
 * A section that a deployment added: a row for each member of its data that the messages have a label for, as `billing.overdue`.
 * Numbers, texts, instants and amounts of money can be shown.
 */
export function extraBody(scope: Scope, name: string, source: Source): Body {
  const { data } = source.section as UntypedSection;
  if (typeof data !== "object" || data === null) return {};
  return { rows: Object.entries(data).flatMap(([member, value]) => extraRow(scope, source, name, member, value)) };
}

function extraRow(scope: Scope, source: Source, name: string, member: string, value: unknown): RowView[] {
  const label = scope.t.maybe(`${name}.${member}`, "");
  const text = value === null ? "" : valueText(scope, value);
  if (label === "" || text === undefined) return [];
  return [row(scope, source, { key: member, label, pointer: `/${member}`, value: value === null ? null : text, text: String })];
}

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Undefined for a value that one row cannot show. */
function valueText({ f }: Scope, value: unknown): string | undefined {
  if (typeof value === "number") return f.number(value);
  if (typeof value === "string") return instantPattern.test(value) ? f.moment(value) : value;
  if (typeof value !== "object" || value === null || !("amount" in value) || !("currency" in value)) return undefined;
  const { amount, currency } = value;
  return typeof amount === "number" && typeof currency === "string" ? f.money({ amount, currency }) : undefined;
}
