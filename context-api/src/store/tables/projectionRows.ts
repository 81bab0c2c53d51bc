import type BetterSqlite from "better-sqlite3";
import type { Database, EdgesTable, IdentifiersTable, MembersTable, ObservationsTable, RecordsTable } from "../schema.ts";

/** A row without its tenant, which the statements below add. */
export type NewRow<T extends keyof Database> = Omit<Database[T], "tenant">;

export type CurrentRecord = Omit<RecordsTable, "tenant" | "payload">;
export type IdentifierRow = Omit<IdentifiersTable, "tenant">;
export type EdgeRow = Omit<EdgesTable, "tenant">;
export type MemberRow = Omit<MembersTable, "tenant">;

/** The newest change of a record that is known from its source. */
export type SourceChange = Pick<ObservationsTable, "changed_at" | "change_order">;

/** Names the version of a row that ends. */
export type VersionEnd =
  | { table: "records"; row: Pick<RecordsTable, "key" | "from_seq"> }
  | { table: "identifiers"; row: Pick<IdentifiersTable, "identifier" | "key" | "from_seq"> }
  | { table: "edges"; row: Pick<EdgesTable, "from_key" | "rel" | "to_key" | "from_seq"> }
  | { table: "members"; row: Pick<MembersTable, "key" | "from_seq"> };

/**
 * The writer's reads and writes of one tenant's rows while it appends events. They return current rows only.
 * The SQL is written out and prepared once: building it for every row took as long as running it.
 */
export interface ProjectionRows {
  records(keys: string[]): CurrentRecord[];
  sealedRecord(key: string): Buffer | null;
  sourceChange(key: string): SourceChange | null;
  identifiersOf(key: string): IdentifierRow[];
  /** Keys of at most `limit` records that hold an identifier. */
  holders(identifier: string, limit: number): string[];
  edgesOf(key: string): EdgeRow[];
  memberOf(key: string): MemberRow | null;
  membersOf(node: string): string[];
  subjectKeys(subjects: string[]): { subject: string; wrapped_key: Buffer }[];
  eventIdsOf(deduplicationKeys: string[]): { deduplication_key: string; event_id: string }[];
  insert<T extends keyof Database>(table: T, rows: NewRow<T>[]): void;
  endVersion(version: VersionEnd, sequence: number): void;
  observe(row: NewRow<"observations">): void;
}

const recordColumns =
  "key, from_seq, to_seq, first_seq, platform, connection, object, kind, subject, changed_at, deleted, digest";
const inJsonList = "in (select value from json_each(?))";

const versionKeys: Record<VersionEnd["table"], string[]> = {
  records: ["key", "from_seq"],
  identifiers: ["identifier", "key", "from_seq"],
  edges: ["from_key", "rel", "to_key", "from_seq"],
  members: ["key", "from_seq"],
};

/** @param prepare returns the same statement for the same text */
export function openProjectionRows(prepare: (sql: string) => BetterSqlite.Statement, tenant: string): ProjectionRows {
  const allRows = <T>(sql: string, ...values: unknown[]): T[] => prepare(sql).all(tenant, ...values) as T[];
  const getRow = <T>(sql: string, ...values: unknown[]): T | null =>
    (prepare(sql).get(tenant, ...values) as T | undefined) ?? null;
  const json = (values: string[]): string => JSON.stringify(values);

  return {
    records: (keys) =>
      allRows(`select ${recordColumns} from records where tenant = ? and key ${inJsonList} and to_seq is null`, json(keys)),
    sealedRecord: (key) =>
      getRow<{ payload: Buffer }>("select payload from records where tenant = ? and key = ? and to_seq is null", key)?.payload ??
      null,
    // Earlier versions stored no order for a record that was read. It was confirmed at its last observation.
    sourceChange: (key) =>
      getRow(
        "select changed_at, coalesce(change_order, observed_at) as change_order from observations where tenant = ? and key = ?",
        key,
      ),
    // Without statistics SQLite would read all identifiers of the tenant by the primary key.
    identifiersOf: (key) =>
      allRows(
        `select identifier, key, kind, from_seq, to_seq from identifiers indexed by identifiers_key
        where tenant = ? and key = ? and to_seq is null`,
        key,
      ),
    holders: (identifier, limit) =>
      allRows<{ key: string }>(
        "select key from identifiers where tenant = ? and identifier = ? and to_seq is null limit ?",
        identifier,
        limit,
      ).map(({ key }) => key),
    edgesOf: (key) =>
      allRows(
        "select from_key, rel, to_key, from_seq, to_seq from edges where tenant = ? and from_key = ? and to_seq is null",
        key,
      ),
    memberOf: (key) =>
      getRow("select key, node, rule, from_seq, to_seq from members where tenant = ? and key = ? and to_seq is null", key),
    membersOf: (node) =>
      allRows<{ key: string }>("select key from members where tenant = ? and node = ? and to_seq is null", node).map(
        (r) => r.key,
      ),
    subjectKeys: (subjects) =>
      allRows(`select subject, wrapped_key from subject_keys where tenant = ? and subject ${inJsonList}`, json(subjects)),
    eventIdsOf: (keys) =>
      allRows(
        `select deduplication_key, event_id from deduplication_keys where tenant = ? and deduplication_key ${inJsonList}`,
        json(keys),
      ),

    insert(table, rows) {
      const [first] = rows;
      if (!first) return;
      const columns = Object.keys(first) as (keyof typeof first)[];
      const statement = prepare(
        `insert into ${table} (tenant, ${columns.join(", ")}) values (?, ${columns.map(() => "?").join(", ")})`,
      );
      for (const row of rows) statement.run(tenant, ...columns.map((column) => row[column]));
    },
    endVersion({ table, row }, sequence) {
      const columns = versionKeys[table];
      const condition = columns.map((column) => `${column} = ?`).join(" and ");
      const values = columns.map((column) => (row as Record<string, unknown>)[column]);
      prepare(`update ${table} set to_seq = ? where tenant = ? and ${condition}`).run(sequence, tenant, ...values);
    },
    observe: ({ key, observed_at, changed_at, change_order }) =>
      void prepare(observeSql).run(tenant, key, observed_at, changed_at, change_order),
  };
}

// SQLite's max of two values is null when either of them is null.
const observeSql = `
  insert into observations (tenant, key, observed_at, changed_at, change_order) values (?, ?, ?, ?, ?)
  on conflict (tenant, key) do update set
    observed_at = max(observations.observed_at, excluded.observed_at),
    change_order = case
      when excluded.changed_at > observations.changed_at then excluded.change_order
      when excluded.changed_at < observations.changed_at then observations.change_order
      else coalesce(max(observations.change_order, excluded.change_order), excluded.change_order, observations.change_order) end,
    changed_at = coalesce(max(observations.changed_at, excluded.changed_at), excluded.changed_at, observations.changed_at)`;
