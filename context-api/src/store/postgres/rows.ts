import { chunks } from "../chunks.ts";
import { projectionTables } from "../schema.ts";
import type { AppendRows, RecordHead } from "../tables/appendRows.ts";
import type { CurrentRecord, ProjectionRows, VersionEnd } from "../tables/projectionRows.ts";

/** Runs SQL inside the open transaction, in the order of the calls. Each is sent during its call, before the answer of the one before. */
export interface RowClient {
  query<T>(text: string, values: unknown[]): Promise<{ rows: T[]; rowCount: number | null }>;
}

const headColumns =
  "key, sequence, digest, deleted, version_changed_at, changed_at, change_order, observed_at, previous_observed_at";
const recordColumns =
  "key, from_seq, to_seq, first_seq, platform, connection, object, kind, subject, changed_at, deleted, digest";

/** Rows of one statement. PostgreSQL allows 65,535 parameters. */
const maxRows = 1_000;

export function openPostgresAppendRows({ query }: RowClient, tenant: string): AppendRows {
  const all = async <T>(sql: string, ...values: unknown[]): Promise<T[]> => (await query<T>(sql, [tenant, ...values])).rows;
  const first = async <T>(sql: string, ...values: unknown[]): Promise<T | null> => (await all<T>(sql, ...values))[0] ?? null;
  const insert = insertRows({ query }, tenant);

  return {
    recordHeads: (keys) => all<RecordHead>(`select ${headColumns} from record_heads where tenant = $1 and key = any($2)`, keys),
    subjectKeys: (subjects) =>
      all("select subject, wrapped_key from subject_keys where tenant = $1 and subject = any($2)", subjects),
    eventIdsOf: (keys) =>
      all("select deduplication_key, event_id from deduplication_keys where tenant = $1 and deduplication_key = any($2)", keys),
    event: (sequence) =>
      first("select event_id, schema_version, subject, payload from events where tenant = $1 and sequence = $2", sequence),
    projectedRecord: (key) =>
      first("select key, from_seq, subject, payload from records where tenant = $1 and key = $2 and to_seq is null", key),
    async insert({ record_heads, ...rowsByTable }) {
      const inserts = Object.entries(rowsByTable).map(([table, rows]) => insert(table, rows));
      await Promise.all([...inserts, insert("record_heads", record_heads, "key")]);
    },
  };
}

export function openPostgresProjectionRows({ query }: RowClient, tenant: string): ProjectionRows {
  const all = async <T>(sql: string, ...values: unknown[]): Promise<T[]> => (await query<T>(sql, [tenant, ...values])).rows;
  const insert = insertRows({ query }, tenant);

  return {
    records: (keys) =>
      all<CurrentRecord>(`select ${recordColumns} from records where tenant = $1 and key = any($2) and to_seq is null`, keys),
    identifiersOf: (keys) =>
      all(
        "select identifier, key, kind, from_seq, to_seq from identifiers where tenant = $1 and key = any($2) and to_seq is null",
        keys,
      ),
    holders: (identifiers, limit) =>
      all(
        `select name.identifier, holder.key from unnest($2::text[]) as name (identifier) cross join lateral (
          select key from identifiers where tenant = $1 and identifier = name.identifier and to_seq is null limit $3
        ) as holder`,
        identifiers,
        limit,
      ),
    edgesOf: (keys) =>
      all(
        "select from_key, rel, to_key, from_seq, to_seq from edges where tenant = $1 and from_key = any($2) and to_seq is null",
        keys,
      ),
    edgesTo: (keys, rel) =>
      all(
        "select from_key, rel, to_key, from_seq, to_seq from edges where tenant = $1 and to_key = any($2) and rel = $3 and to_seq is null",
        keys,
        rel,
      ),
    payloads: (keys) =>
      all("select key, from_seq, subject, payload from records where tenant = $1 and key = any($2) and to_seq is null", keys),
    subjectKeys: (subjects) =>
      all("select subject, wrapped_key from subject_keys where tenant = $1 and subject = any($2)", subjects),
    memberships: (keys) =>
      all("select key, node, rule, from_seq, to_seq from members where tenant = $1 and key = any($2) and to_seq is null", keys),
    membersOf: (nodes) => all("select node, key from members where tenant = $1 and node = any($2) and to_seq is null", nodes),
    async write({ endedVersions, ...inserts }) {
      const tables = Object.keys(projectionTables) as VersionEnd["table"][];
      const endedOf = (table: string) => endedVersions.filter(({ version }) => version.table === table);
      await Promise.all([
        ...tables.map((table) => endVersions(table, endedOf(table))),
        ...Object.entries(inserts).map(([table, rows]) => insert(table, rows)),
      ]);
    },
  };

  /** Ends the versions of one table in one statement. */
  async function endVersions(table: VersionEnd["table"], ended: { version: VersionEnd; sequence: number }[]): Promise<void> {
    if (ended.length === 0) return;
    const columns = projectionTables[table];
    const typeOf = (column: string) => (column === "from_seq" ? "bigint" : "text");
    const lists = columns.map((column) => ended.map(({ version }) => (version.row as Record<string, unknown>)[column]));
    const source = columns.map((column, i) => `$${i + 3}::${typeOf(column)}[]`).join(", ");
    const condition = columns.map((column) => `t.${column} = v.${column}`).join(" and ");
    await query(
      `update ${table} t set to_seq = v.sequence from unnest($2::bigint[], ${source}) as v (sequence, ${columns.join(", ")})
        where t.tenant = $1 and ${condition}`,
      [tenant, ended.map(({ sequence }) => sequence), ...lists],
    );
  }
}

/** @returns a function that inserts rows, or replaces those of the same key when `replacedBy` names it */
function insertRows({ query }: RowClient, tenant: string) {
  return async (table: string, rows: readonly object[], replacedBy?: string): Promise<void> => {
    const [first] = rows;
    if (!first) return;
    const columns = Object.keys(first);
    const updates = columns.filter((column) => column !== replacedBy).map((column) => `${column} = excluded.${column}`);
    const conflict = replacedBy ? ` on conflict (tenant, ${replacedBy}) do update set ${updates.join(", ")}` : "";
    const insertPart = async (part: readonly Record<string, unknown>[]): Promise<void> => {
      const tuples = part.map((_, row) => `($1, ${columns.map((_c, i) => `$${row * columns.length + i + 2}`).join(", ")})`);
      const values = part.flatMap((row) => columns.map((column) => row[column]));
      await query(`insert into ${table} (tenant, ${columns.join(", ")}) values ${tuples.join(", ")}${conflict}`, [
        tenant,
        ...values,
      ]);
    };
    await Promise.all(chunks(rows as Record<string, unknown>[], maxRows).map(insertPart));
  };
}
