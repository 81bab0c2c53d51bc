import { type Field, type Layout, layouts, type RelatedList } from "./layouts.ts";

export interface RecordDeps {
  querySalesforce: (soql: string) => Promise<{ records: unknown[] }>;
  fetchRecord: (object: string, id: string, fields: string[]) => Promise<Record<string, unknown>>;
}

interface Cell {
  key: string;
  label: string;
  text: string;
  /** Another record that this page can show, or null. */
  link: { object: string; id: string } | null;
}
export interface RecordPage {
  object: string;
  id: string;
  label: string;
  icon: string;
  title: string;
  /** The record's own data could not be had: the lab's Salesforce may be switched off. */
  unavailable: boolean;
  lastModifiedDate: string | null;
  highlights: Cell[];
  details: Cell[];
  related: { key: string; title: string; icon: string; columns: string[]; rows: { key: string; cells: Cell[] }[] }[];
}

type Row = Record<string, unknown>;

/** One record with what stands around it on its page, ready to draw. */
export async function recordPage(deps: RecordDeps, object: string, id: string): Promise<RecordPage> {
  const layout = layouts[object];
  if (!layout) throw new Error(`no layout for ${object}`);
  const base = { object, id, label: layout.label, icon: layout.icon };
  try {
    const row = await ownFields(deps, layout, object, id);
    const names = await namesOf(deps, layout, row);
    const cells = layout.fields.map((field) => cellOf(field, row, names));
    const related = await Promise.all(layout.related.map((list) => relatedTo(deps, list, row)));
    return {
      ...base,
      title: text(row[layout.title]) || "No name",
      unavailable: false,
      lastModifiedDate: text(row["LastModifiedDate"]) || null,
      highlights: layout.highlights.flatMap((name) => cells.filter(({ key }) => key === name)),
      details: cells,
      related,
    };
  } catch {
    return { ...base, title: id, unavailable: true, lastModifiedDate: null, highlights: [], details: [], related: [] };
  }
}

/** For the record switcher: what the record is called, or its id. */
export async function recordName(deps: RecordDeps, object: string, id: string): Promise<string> {
  const title = layouts[object]?.title ?? "Name";
  const row = await deps.fetchRecord(object, id, [title]).catch((): Row => ({}));
  return text(row[title]) || id;
}

async function ownFields(deps: RecordDeps, layout: Layout, object: string, id: string): Promise<Row> {
  const fields = new Set(["Id", "LastModifiedDate", layout.title, ...layout.fields.map(({ name }) => name)]);
  if (layout.fields.some(({ type }) => type === "money")) fields.add("CurrencyIsoCode");
  if (object !== "Account" && object !== "Lead") fields.add("AccountId");
  return deps.fetchRecord(object, id, [...fields]);
}

/** Names of the owner and of the accounts that the record points at. */
async function namesOf(deps: RecordDeps, layout: Layout, row: Row): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const wanted = layout.fields.filter(({ type }) => type === "owner" || type === "account");
  await Promise.all(
    wanted.map(async ({ name, type }) => {
      const id = text(row[name]);
      if (!isId(id)) return;
      const object = type === "account" ? "Account" : id.startsWith("00G") ? "Group" : "User";
      const found = await deps.fetchRecord(object, id, ["Name"]).catch((): Row => ({}));
      names.set(id, text(found["Name"]));
    }),
  );
  return names;
}

async function relatedTo(deps: RecordDeps, list: RelatedList, row: Row): Promise<RecordPage["related"][number]> {
  const id = text(row[list.of]);
  const money = list.fields.some(({ type }) => type === "money");
  const select = ["Id", ...list.fields.map(({ name }) => name), ...(money ? ["CurrencyIsoCode"] : [])].join(", ");
  // The id is one by its form: nothing in it can end the literal.
  const soql = `SELECT ${select} FROM ${list.object} WHERE ${list.by} = '${id}' ORDER BY ${list.order} LIMIT 4`;
  const answer = isId(id) ? await deps.querySalesforce(soql).catch(() => ({ records: [] })) : { records: [] };
  const rows = (answer.records as Row[]).map((record) => ({
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
  const known = names.get(text(value));
  const link = field.type === "account" && known ? { object: "Account", id: text(value) } : null;
  return { key: field.name, label: field.label, text: known ?? format(field, value, row), link };
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
