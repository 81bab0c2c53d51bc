import type { EdgesTable, IdentifiersTable, MembersTable, RecordsTable } from "../schema.ts";
import { type Awaitable, inJsonList, insertRows, type NewRow, type Prepare } from "./preparedRows.ts";

export type CurrentRecord = Omit<RecordsTable, "tenant" | "payload">;
export type IdentifierRow = Omit<IdentifiersTable, "tenant">;
export type EdgeRow = Omit<EdgesTable, "tenant">;
export type MemberRow = Omit<MembersTable, "tenant">;
/** The sealed content of a current record. */
export type SealedRecord = Pick<RecordsTable, "key" | "from_seq" | "subject" | "payload">;

/** Names the version of a row that ends. */
export type VersionEnd =
  | { table: "records"; row: Pick<RecordsTable, "key" | "from_seq"> }
  | { table: "identifiers"; row: Pick<IdentifiersTable, "identifier" | "key" | "from_seq"> }
  | { table: "edges"; row: Pick<EdgesTable, "from_key" | "rel" | "to_key" | "from_seq"> }
  | { table: "members"; row: Pick<MembersTable, "key" | "from_seq"> };

/** The projector's reads and writes of one tenant's rows. They return current rows only. */
export interface ProjectionRows {
  records(keys: string[]): Awaitable<CurrentRecord[]>;
  identifiersOf(keys: string[]): Awaitable<IdentifierRow[]>;
  /** Of each identifier, at most `limit` records that hold it. */
  holders(identifiers: string[], limit: number): Awaitable<Pick<IdentifierRow, "identifier" | "key">[]>;
  edgesOf(keys: string[]): Awaitable<EdgeRow[]>;
  /** Edges of one relation that lead to these records. */
  edgesTo(keys: string[], rel: string): Awaitable<EdgeRow[]>;
  payloads(keys: string[]): Awaitable<SealedRecord[]>;
  subjectKeys(subjects: string[]): Awaitable<{ subject: string; wrapped_key: Buffer }[]>;
  memberships(keys: string[]): Awaitable<MemberRow[]>;
  membersOf(nodes: string[]): Awaitable<Pick<MemberRow, "node" | "key">[]>;
  write(changes: ProjectionChanges): Awaitable<void>;
}

/** What one batch changes: versions that end come first, because a new version may have the key of one of them. */
export interface ProjectionChanges {
  endedVersions: { version: VersionEnd; sequence: number }[];
  records: NewRow<"records">[];
  identifiers: IdentifierRow[];
  edges: EdgeRow[];
  members: MemberRow[];
}

const recordColumns =
  "key, from_seq, to_seq, first_seq, platform, connection, object, kind, subject, changed_at, deleted, digest";

const versionKeys: Record<VersionEnd["table"], string[]> = {
  records: ["key", "from_seq"],
  identifiers: ["identifier", "key", "from_seq"],
  edges: ["from_key", "rel", "to_key", "from_seq"],
  members: ["key", "from_seq"],
};

/** @param prepare returns the same statement for the same text */
export function openProjectionRows(prepare: Prepare, tenant: string): ProjectionRows {
  const allRows = <T>(sql: string, ...values: unknown[]): T[] => prepare(sql).all(tenant, ...values) as T[];
  const json = (values: string[]): string => JSON.stringify(values);

  return {
    records: (keys) =>
      allRows(`select ${recordColumns} from records where tenant = ? and key ${inJsonList} and to_seq is null`, json(keys)),
    // Without statistics SQLite would read all identifiers of the tenant by the primary key.
    identifiersOf: (keys) =>
      allRows(
        `select identifier, key, kind, from_seq, to_seq from identifiers indexed by identifiers_key
        where tenant = ? and key ${inJsonList} and to_seq is null`,
        json(keys),
      ),
    holders: (identifiers, limit) =>
      identifiers.flatMap((identifier) =>
        allRows<Pick<IdentifierRow, "identifier" | "key">>(
          "select identifier, key from identifiers where tenant = ? and identifier = ? and to_seq is null limit ?",
          identifier,
          limit,
        ),
      ),
    edgesOf: (keys) =>
      allRows(
        `select from_key, rel, to_key, from_seq, to_seq from edges where tenant = ? and from_key ${inJsonList} and to_seq is null`,
        json(keys),
      ),
    edgesTo: (keys, rel) =>
      allRows(
        `select from_key, rel, to_key, from_seq, to_seq from edges
        where tenant = ? and to_key ${inJsonList} and rel = ? and to_seq is null`,
        json(keys),
        rel,
      ),
    payloads: (keys) =>
      allRows(
        `select key, from_seq, subject, payload from records where tenant = ? and key ${inJsonList} and to_seq is null`,
        json(keys),
      ),
    subjectKeys: (subjects) =>
      allRows(`select subject, wrapped_key from subject_keys where tenant = ? and subject ${inJsonList}`, json(subjects)),
    memberships: (keys) =>
      allRows(
        `select key, node, rule, from_seq, to_seq from members where tenant = ? and key ${inJsonList} and to_seq is null`,
        json(keys),
      ),
    membersOf: (nodes) =>
      allRows(`select node, key from members where tenant = ? and node ${inJsonList} and to_seq is null`, json(nodes)),
    write({ endedVersions, ...inserts }) {
      for (const { version, sequence } of endedVersions) endVersion(version, sequence);
      for (const [table, rows] of Object.entries(inserts)) insertRows(prepare, tenant, table, rows);
    },
  };

  function endVersion({ table, row }: VersionEnd, sequence: number): void {
    const columns = versionKeys[table];
    const condition = columns.map((column) => `${column} = ?`).join(" and ");
    const values = columns.map((column) => (row as Record<string, unknown>)[column]);
    prepare(`update ${table} set to_seq = ? where tenant = ? and ${condition}`).run(sequence, tenant, ...values);
  }
}
