import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import { lookUpName } from "@sidelight/model/identifiers/identifiers.ts";
import { maxHolders } from "../../identity/clusterRecord.ts";
import { compareNames } from "../../identity/names.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import { iso } from "../instant.ts";
import type { ServiceContext } from "../service.ts";
import { type MemberRecord, memberRecords } from "./customerView.ts";
import { openSuggestion } from "./suggestionView.ts";

/** Other customers that an answer offers. */
const maxCandidates = 5;
/** Values of a customer that are looked up. */
const maxLookUps = 20;

/** What customers can have in common, and how it is written. */
const texts = {
  email: "the same e-mail address",
  phone: "the same phone number",
  domain: "the same web domain",
  name: "the same name",
} as const;
type Rule = keyof typeof texts;

/**
 * Other customers that a customer may really be: those that have an address, a phone number, a web domain or a name in common with it. No
 * model scored them, because it reads all customers. Values that too many records have find no customer.
 */
export async function candidatesOf(
  { served }: Pick<ServiceContext, "served">,
  { kind, id, records }: { kind: "person" | "company"; id: string; records: readonly MemberRecord[] },
): Promise<Suggestion[]> {
  const [own] = records;
  if (!own) return [];
  const reader = openReader(served.tenant.log);
  const found = await customersInCommon(reader, kind, records);
  const node = id.slice(id.indexOf(":") + 1);
  const suggestions: Suggestion[] = [];
  for (const [otherNode, { record, rules }] of ordered(found)) {
    if (otherNode === node || suggestions.length >= maxCandidates) continue;
    const reasons = [...rules].map((rule) => ({ rule, text: texts[rule] }));
    const confidence = confidenceOf(own, record, rules);
    const pair = { kind, left: own, right: record, confidence, reasons };
    const view = await openSuggestion(reader, pair, iso(served.tenant.clock.now()));
    if (view) suggestions.push({ ...view, masked: [] });
  }
  return suggestions.sort((a, b) => b.confidence - a.confidence);
}

interface Found {
  record: MemberRecord;
  rules: Set<Rule>;
}

/** What most is in common with comes first. */
const ordered = (found: ReadonlyMap<string, Found>): [string, Found][] =>
  [...found].sort(([a, x], [b, y]) => y.rules.size - x.rules.size || (a < b ? -1 : 1));

async function customersInCommon(
  reader: Reader,
  kind: "person" | "company",
  records: readonly MemberRecord[],
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (const [rule, value] of valuesOf(kind, records)) {
    const keys = await reader.holders(rule === "name" ? "person_name" : rule, value);
    if (keys.length > maxHolders) continue;
    const nodes = await reader.nodesOf(keys);
    for (const record of memberRecords(await reader.records(keys))) {
      const node = nodes.get(record.key);
      if (node === undefined || record.data.kind !== kind) continue;
      const entry = found.get(node) ?? { record, rules: new Set<Rule>() };
      found.set(node, { ...entry, rules: entry.rules.add(rule) });
    }
  }
  return found;
}

function valuesOf(kind: "person" | "company", records: readonly MemberRecord[]): [Rule, string][] {
  const rules: readonly Rule[] = kind === "person" ? ["email", "phone"] : ["domain"];
  const identifiers = records.flatMap((record) =>
    record.identifiers.flatMap(({ kind: name, value }): [Rule, string][] =>
      rules.includes(name as Rule) ? [[name as Rule, value]] : [],
    ),
  );
  const names = kind === "person" ? records.flatMap(({ data: { name } }) => lookUpName(name) ?? []) : [];
  const values = [...identifiers, ...names.map((name): [Rule, string] => ["name", name])];
  return [...new Map(values.map((entry) => [entry.join("\n"), entry])).values()].slice(0, maxLookUps);
}

/** A rough estimate by what is in common. Names that contradict each other speak against it. */
function confidenceOf(own: MemberRecord, other: MemberRecord, rules: ReadonlySet<Rule>): number {
  const isContradicted = own.data.kind === "person" && compareNames(own.data.name, other.data.name) === "contradicting";
  if (isContradicted) return 0.1;
  if (rules.size > 1) return 0.9;
  return rules.has("name") ? 0.3 : 0.5;
}
