import type BetterSqlite from "better-sqlite3";
import type {
  Database,
  EdgesTable,
  IdentifiersTable,
  MembersTable,
  ObservationsTable,
  RecordsTable,
} from "../../store/schema.ts";

export type CurrentRecord = Omit<RecordsTable, "payload">;
/** The newest change of a record that its source is known to have made. */
export type Change = Pick<ObservationsTable, "changed_at" | "change_order">;
/** The end of a version. */
export type Closing =
  | { table: "records"; row: Pick<RecordsTable, "key" | "from_seq"> }
  | { table: "identifiers"; row: Pick<IdentifiersTable, "identifier" | "key" | "from_seq"> }
  | { table: "edges"; row: Pick<EdgesTable, "from_key" | "rel" | "to_key" | "from_seq"> }
  | { table: "members"; row: Pick<MembersTable, "key" | "from_seq"> };

/**
 * The writer's statements on one tenant's rows, each prepared once for the life of the process. Written out, since building them
 * anew for every row took as long as running them.
 */
export interface Rows {
  records(keys: string[]): CurrentRecord[];
  sealedRecord(key: string): Buffer | null;
  change(key: string): Change | null;
  identifiersOf(key: string): IdentifiersTable[];
  holders(identifiers: string[]): { identifier: string; key: string }[];
  edgesOf(key: string): EdgesTable[];
  memberOf(key: string): MembersTable | null;
  membersOf(node: string): string[];
  subjectKeys(subjects: string[]): { subject: string; wrapped_key: Buffer }[];
  received(names: string[]): { name: string; event_id: string }[];
  insert<T extends keyof Database>(table: T, rows: Database[T][]): void;
  close(closing: Closing, at: number): void;
  observe(row: ObservationsTable): void;
  version(node: string, version: number): void;
}

const currentColumns =
  "tenant, key, from_seq, to_seq, first_seq, platform, connection, object, kind, subject, changed_at, deleted, digest";
const listed = "in (select value from json_each(?))";

const closings: Record<Closing["table"], string[]> = {
  records: ["key", "from_seq"],
  identifiers: ["identifier", "key", "from_seq"],
  edges: ["from_key", "rel", "to_key", "from_seq"],
  members: ["key", "from_seq"],
};

/** @param prepare gives the same statement for the same text */
export function openRows(prepare: (sql: string) => BetterSqlite.Statement, tenant: string): Rows {
  const all = <T>(sql: string, ...values: unknown[]): T[] => prepare(sql).all(tenant, ...values) as T[];
  const one = <T>(sql: string, ...values: unknown[]): T | null => (prepare(sql).get(tenant, ...values) as T | undefined) ?? null;
  const json = (values: string[]): string => JSON.stringify(values);

  return {
    records: (keys) =>
      all(`select ${currentColumns} from records where tenant = ? and key ${listed} and to_seq is null`, json(keys)),
    sealedRecord: (key) =>
      one<{ payload: Buffer }>("select payload from records where tenant = ? and key = ? and to_seq is null", key)?.payload ??
      null,
    change: (key) => one("select changed_at, change_order from observations where tenant = ? and key = ?", key),
    identifiersOf: (key) => all("select * from identifiers where tenant = ? and key = ? and to_seq is null", key),
    holders: (wanted) =>
      all(`select identifier, key from identifiers where tenant = ? and identifier ${listed} and to_seq is null`, json(wanted)),
    edgesOf: (key) => all("select * from edges where tenant = ? and from_key = ? and to_seq is null", key),
    memberOf: (key) => one("select * from members where tenant = ? and key = ? and to_seq is null", key),
    membersOf: (node) =>
      all<{ key: string }>("select key from members where tenant = ? and node = ? and to_seq is null", node).map((r) => r.key),
    subjectKeys: (subjects) =>
      all(`select subject, wrapped_key from subject_keys where tenant = ? and subject ${listed}`, json(subjects)),
    received: (names) => all(`select name, event_id from received where tenant = ? and name ${listed}`, json(names)),

    insert(table, rows) {
      const [first] = rows;
      if (!first) return;
      const columns = Object.keys(first) as (keyof typeof first)[];
      const statement = prepare(`insert into ${table} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`);
      for (const row of rows) statement.run(...columns.map((column) => row[column]));
    },
    close({ table, row }, at) {
      const columns = closings[table];
      const where = columns.map((column) => `${column} = ?`).join(" and ");
      const values = columns.map((column) => (row as Record<string, unknown>)[column]);
      prepare(`update ${table} set to_seq = ? where tenant = ? and ${where}`).run(at, tenant, ...values);
    },
    observe: ({ key, observed_at, changed_at, change_order }) =>
      void prepare(observeSql).run(tenant, key, observed_at, changed_at, change_order),
    version: (node, version) => void prepare(versionSql).run(tenant, node, version),
  };
}

// SQLite's max of two values is null when either is.
const observeSql = `
  insert into observations (tenant, key, observed_at, changed_at, change_order) values (?, ?, ?, ?, ?)
  on conflict (tenant, key) do update set
    observed_at = max(observations.observed_at, excluded.observed_at),
    change_order = case
      when observations.changed_at is null or excluded.changed_at > observations.changed_at then excluded.change_order
      when excluded.changed_at = observations.changed_at
        then coalesce(max(observations.change_order, excluded.change_order), excluded.change_order, observations.change_order)
      else observations.change_order end,
    changed_at = coalesce(max(observations.changed_at, excluded.changed_at), excluded.changed_at, observations.changed_at)`;

const versionSql = `
  insert into versions (tenant, node, version) values (?, ?, ?)
  on conflict (tenant, node) do update set version = excluded.version`;
