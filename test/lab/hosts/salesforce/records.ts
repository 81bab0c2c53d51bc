import { type Field, type Layout, layouts, type RelatedList } from "./layouts.ts";

export interface RecordDeps {
  querySalesforce: (soql: string) => Promise<{ records: unknown[] }>;
  fetchRecord: (object: string, id: string, fields: string[]) => Promise<Record<string, unknown>>;
}

interface Cell {
  key: string;
  label: string;
  text: string;
  /** A record that this page can open, or null. */
  link: { object: string; id: string } | null;
}
export interface RecordPage {
  object: string;
  id: string;
  label: string;
  icon: string;
  title: string;
  /** True if the record could not be read, because the Salesforce simulator is switched off. */
  unavailable: boolean;
  lastModifiedDate: string | null;
  highlights: Cell[];
  details: Cell[];
  related: { key: string; title: string; icon: string; columns: string[]; rows: { key: string; cells: Cell[] }[] }[];
}

type Row = Record<string, unknown>;

/** Everything that the page of one record shows, as text. */
export async function recordPage(deps: RecordDeps, object: string, id: string): Promise<RecordPage> {
  const layout = layouts[object];
  if (!layout) throw new Error(`no layout for ${object}`);
  const base = { object, id, label: layout.label, icon: layout.icon };
  try {
    const row = await recordFields(deps, layout, object, id);
    const names = await referencedNames(deps, layout, row);
    const cells = layout.fields.map((field) => cellOf(field, row, names));
    const relatedLists = await Promise.all(layout.related.map((list) => relatedRecords(deps, list, row)));
    return {
      ...base,
      title: text(row[layout.title]) || "No name",
      unavailable: false,
      lastModifiedDate: text(row["LastModifiedDate"]) || null,
      highlights: layout.highlights.flatMap((name) => cells.filter(({ key }) => key === name)),
      details: cells,
      related: relatedLists,
    };
  } catch {
    return { ...base, title: id, unavailable: true, lastModifiedDate: null, highlights: [], details: [], related: [] };
  }
}

/** Name of the record for the record switcher, or its id. */
export async function recordName(deps: RecordDeps, object: string, id: string): Promise<string> {
  const title = layouts[object]?.title ?? "Name";
  const row = await deps.fetchRecord(object, id, [title]).catch((): Row => ({}));
  return text(row[title]) || id;
}

async function recordFields(deps: RecordDeps, layout: Layout, object: string, id: string): Promise<Row> {
  const fields = new Set(["Id", "LastModifiedDate", layout.title, ...layout.fields.map(({ name }) => name)]);
  if (layout.fields.some(({ type }) => type === "money")) fields.add("CurrencyIsoCode");
  if (object !== "Account" && object !== "Lead") fields.add("AccountId");
  return deps.fetchRecord(object, id, [...fields]);
}

/** Names of the owner and of the accounts that the record refers to: id → name. */
async function referencedNames(deps: RecordDeps, layout: Layout, row: Row): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const references = layout.fields.filter(({ type }) => type === "owner" || type === "account");
  await Promise.all(
    references.map(async ({ name, type }) => {
      const id = text(row[name]);
      if (!isId(id)) return;
      const object = type === "account" ? "Account" : id.startsWith("00G") ? "Group" : "User";
      const record = await deps.fetchRecord(object, id, ["Name"]).catch((): Row => ({}));
      names.set(id, text(record["Name"]));
    }),
  );
  return names;
}

async function relatedRecords(deps: RecordDeps, list: RelatedList, row: Row): Promise<RecordPage["related"][number]> {
  const id = text(row[list.of]);
  const money = list.fields.some(({ type }) => type === "money");
  const select = ["Id", ...list.fields.map(({ name }) => name), ...(money ? ["CurrencyIsoCode"] : [])].join(", ");
  // isId() has checked the id, so it cannot end the string literal.
  const soql = `SELECT ${select} FROM ${list.object} WHERE ${list.by} = '${id}' ORDER BY ${list.order} LIMIT 4`;
  const result = isId(id) ? await deps.querySalesforce(soql).catch(() => ({ records: [] })) : { records: [] };
  const rows = (result.records as Row[]).map((record) => ({
    key: text(record["Id"]),
    cells: list.fields.map((field, index) => {
      const cell = cellOf(field, record, new Map());
      return index === 0 ? { ...cell, link: { object: list.object, id: text(record["Id"]) } } : cell;
    }),
  }));
  return { key: list.title, title: list.title, icon: list.icon, columns: list.fields.map(({ label }) => label), rows };
}

function cellOf(field: Field, row: Row, names: Map<string, string>): Cell {
  const value = row[field.name];
  const name = names.get(text(value));
  const link = field.type === "account" && name ? { object: "Account", id: text(value) } : null;
  return { key: field.name, label: field.label, text: name ?? format(field, value, row), link };
}

function format({ type }: Field, value: unknown, row: Row): string {
  if (value === null || value === undefined || value === "") return "";
  if (type === "boolean") return value === true ? "Yes" : "No";
  if (type === "number" && typeof value === "number") return value.toLocaleString("en-US");
  if (type === "money" && typeof value === "number") {
    const currency = text(row["CurrencyIsoCode"]) || "USD";
    return value.toLocaleString("en-US", { style: "currency", currency, maximumFractionDigits: 0 });
  }
  if (type === "day") return new Date(`${text(value).slice(0, 10)}T00:00:00Z`).toLocaleDateString("en-US", { timeZone: "UTC" });
  return text(value);
}

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const isId = (id: string): boolean => /^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(id);
