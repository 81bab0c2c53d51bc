import type { RecordKind } from "@sidelight/model/records.ts";
import { type SelectQueryBuilder, sql } from "kysely";
import { yieldToEventLoop } from "../../resilience/yieldToEventLoop.ts";
import { chunks } from "../chunks.ts";
import { padded, selectCompiled } from "../compiledSelect.ts";
import { queriesOf } from "../queries.ts";
import { type Database, type MembersTable, type ProjectionTable, projectionTables, type RecordsTable } from "../schema.ts";
import type { TenantStore } from "../tenantStore.ts";

// Reads of the projections: records, identifiers, edges and members. The projector writes them: see projectionRows.ts.

/** Which versions to read: those of one sequence, or the current ones for null. */
export type AsOf = number | null;

type Versioned = "records" | "identifiers" | "edges" | "members";

/** A query on the versions that were current at `asOf`. */
function versionsOf<T extends Versioned>(store: TenantStore, table: T, asOf: AsOf): SelectQueryBuilder<Database, T, object> {
  // The four tables share these columns, which a generic query cannot express.
  const query = queriesOf(store).from(table as "members");
  const versions =
    asOf === null
      ? query.where("to_seq", "is", null)
      : query.where("from_seq", "<=", asOf).where((e) => e.or([e("to_seq", "is", null), e("to_seq", ">", asOf)]));
  return versions as unknown as SelectQueryBuilder<Database, T, object>;
}

/** Records that one query reads: a power of two, see {@link padded}. */
const maxRecords = 64;

/** Whether the values of `asOf` are part of the query, and how often. */
const valuesOf = (asOf: AsOf): number[] => (asOf === null ? [] : [asOf, asOf]);
const timeOf = (asOf: AsOf): string => (asOf === null ? "now" : "past");

/** What a reader needs of a record's version. */
export type RecordRow = Pick<RecordsTable, (typeof recordColumns)[number] | "deleted"> & {
  /** When the source last showed this version, epoch ms; null when it is not known, as in the past. */
  observed_at?: number | null;
};

const recordColumns = ["key", "from_seq", "platform", "connection", "object", "subject", "changed_at", "payload"] as const;

/** A newer version that is not projected yet vouches for no older one. */
const observedAt = sql<number | null>`(select case when h.sequence = records.from_seq then h.observed_at
  else h.previous_observed_at end from record_heads h where h.tenant = records.tenant and h.key = records.key)`.as("observed_at");

/** Records by key; deleted ones are left out. */
export async function loadRecordRows(
  store: TenantStore,
  keys: Iterable<string>,
  asOf: AsOf,
  kinds?: readonly RecordKind[],
): Promise<RecordRow[]> {
  const rows: RecordRow[] = [];
  // Payloads are large: reading hundreds of them at once would block other requests.
  for (const chunk of chunks([...new Set(keys)], maxRecords)) {
    await yieldToEventLoop();
    const list = padded(chunk);
    const values = [...valuesOf(asOf), ...list, ...(kinds ?? [])];
    const shape = `records ${timeOf(asOf)} ${list.length} ${kinds?.length ?? 0}`;
    const chunkRows = await selectCompiled<RecordRow>(store, shape, values, () => {
      const versions = versionsOf(store, "records", asOf)
        .select([...recordColumns, "deleted"])
        .where("key", "in", list);
      const query = kinds ? versions.where("kind", "in", [...kinds]) : versions;
      return asOf === null ? query.select(observedAt) : query;
    });
    rows.push(...chunkRows);
  }
  return rows.filter((row) => row.deleted === 0);
}

/** Those of the keys whose current record is stored and not deleted. */
export async function loadStoredKeys(store: TenantStore, keys: Iterable<string>): Promise<Set<string>> {
  const storedKeys = new Set<string>();
  for (const chunk of chunks([...new Set(keys)])) {
    const query = versionsOf(store, "records", null).select("key").where("key", "in", chunk).where("deleted", "=", 0);
    for (const row of await query.execute()) storedKeys.add(row.key);
  }
  return storedKeys;
}

/** Those of the keys whose record was deleted at its source. */
export async function loadDeletedKeys(store: TenantStore, keys: Iterable<string>, asOf: AsOf): Promise<Set<string>> {
  const deletedKeys = new Set<string>();
  for (const chunk of chunks([...new Set(keys)])) {
    const query = versionsOf(store, "records", asOf).select("key").where("key", "in", chunk).where("deleted", "=", 1);
    for (const row of await query.execute()) deletedKeys.add(row.key);
  }
  return deletedKeys;
}

/** Keys of the records that point at one of `keys` by one of these relations. */
export async function loadSources(
  store: TenantStore,
  keys: Iterable<string>,
  rels: readonly string[],
  asOf: AsOf,
): Promise<Set<string>> {
  const sources = new Set<string>();
  for (const chunk of chunks([...new Set(keys)])) {
    await yieldToEventLoop();
    const list = padded(chunk);
    const shape = `sources ${timeOf(asOf)} ${list.length} ${rels.length}`;
    const rows = await selectCompiled<{ from_key: string }>(store, shape, [...valuesOf(asOf), ...list, ...rels], () =>
      versionsOf(store, "edges", asOf)
        .select("from_key")
        .where("to_key", "in", list)
        .where("rel", "in", [...rels]),
    );
    for (const row of rows) sources.add(row.from_key);
  }
  return sources;
}

/** The key that a record points at by a relation; null when it has no such edge. */
export async function findTarget(store: TenantStore, key: string, rel: string, asOf: AsOf): Promise<string | null> {
  const row = await versionsOf(store, "edges", asOf)
    .select("to_key")
    .where("from_key", "=", key)
    .where("rel", "=", rel)
    .executeTakeFirst();
  return row?.to_key ?? null;
}

/** Keys of the records that hold an identifier, sorted. @param limit how many, at most; all for null */
export async function listHolders(
  store: TenantStore,
  identifier: string,
  asOf: AsOf,
  limit: number | null = null,
): Promise<string[]> {
  const values = [...valuesOf(asOf), identifier, ...(limit === null ? [] : [limit])];
  const shape = `holders ${timeOf(asOf)} ${limit === null ? "all" : "some"}`;
  const rows = await selectCompiled<{ key: string }>(store, shape, values, () => {
    const query = versionsOf(store, "identifiers", asOf).select("key").where("identifier", "=", identifier);
    return limit === null ? query : query.orderBy("key").limit(limit);
  });
  return rows.map((row) => row.key).sort();
}

/** The customer (node) of each record. */
export async function loadNodes(store: TenantStore, keys: Iterable<string>, asOf: AsOf): Promise<Map<string, string>> {
  const nodes = new Map<string, string>();
  for (const chunk of chunks([...new Set(keys)])) {
    await yieldToEventLoop();
    const list = padded(chunk);
    const shape = `nodes ${timeOf(asOf)} ${list.length}`;
    const rows = await selectCompiled<{ key: string; node: string }>(store, shape, [...valuesOf(asOf), ...list], () =>
      versionsOf(store, "members", asOf).select(["key", "node"]).where("key", "in", list),
    );
    for (const row of rows) nodes.set(row.key, row.node);
  }
  return nodes;
}

/** The records of a customer, oldest first. */
export async function listMembers(store: TenantStore, node: string, asOf: AsOf): Promise<{ key: string; rule: string }[]> {
  return await versionsOf(store, "members", asOf)
    .select(["key", "rule"])
    .where("node", "=", node)
    .orderBy("from_seq")
    .orderBy("key")
    .execute();
}

/** Keys of the records that hold each identifier, sorted. */
export async function loadHolders(
  store: TenantStore,
  identifiers: readonly string[],
  asOf: AsOf,
): Promise<Map<string, string[]>> {
  const holders = new Map<string, string[]>(identifiers.map((identifier) => [identifier, []]));
  for (const chunk of chunks(identifiers)) {
    const rows = await versionsOf(store, "identifiers", asOf)
      .select(["identifier", "key"])
      .where("identifier", "in", chunk)
      .execute();
    for (const { identifier, key } of rows) holders.get(identifier)?.push(key);
  }
  // Sorted here: with an order, the query would read another index, and all of it.
  for (const keys of holders.values()) keys.sort();
  return holders;
}

/** The records of each customer, oldest first. */
export async function loadMembers(
  store: TenantStore,
  nodes: readonly string[],
  asOf: AsOf,
): Promise<Map<string, { key: string; rule: string }[]>> {
  const members = new Map<string, { key: string; rule: string }[]>(nodes.map((node) => [node, []]));
  for (const chunk of chunks(nodes)) {
    const list = padded(chunk);
    const shape = `members ${timeOf(asOf)} ${list.length}`;
    const rows = await selectCompiled<Omit<MembersTable, "tenant" | "to_seq">>(store, shape, [...valuesOf(asOf), ...list], () =>
      versionsOf(store, "members", asOf).select(["node", "key", "rule", "from_seq"]).where("node", "in", list),
    );
    rows.sort((a, b) => a.from_seq - b.from_seq || (a.key < b.key ? -1 : 1));
    for (const { node, key, rule } of rows) members.get(node)?.push({ key, rule });
  }
  return members;
}

/** A person's or company's record by its customer. */
export interface MemberRow {
  node: string;
  key: string;
  /** Sequence at which it came to the customer. */
  from_seq: number;
  platform: string;
  connection: string;
  object: string;
}

/** The current records of customers with several records, without their payloads. */
export async function listMemberRows(store: TenantStore, nodes: readonly string[]): Promise<MemberRow[]> {
  const members: Pick<MemberRow, "node" | "key" | "from_seq">[] = [];
  for (const chunk of chunks(nodes))
    members.push(
      ...(await versionsOf(store, "members", null).select(["node", "key", "from_seq"]).where("node", "in", chunk).execute()),
    );
  const ofNode = Map.groupBy(members, ({ node }) => node);
  const shared = members.filter(({ node }) => (ofNode.get(node)?.length ?? 0) > 1);
  const types = new Map<string, Pick<MemberRow, "key" | "platform" | "connection" | "object">>();
  for (const chunk of chunks(shared.map(({ key }) => key))) {
    const rows = versionsOf(store, "records", null)
      .select(["key", "platform", "connection", "object"])
      .where("key", "in", chunk)
      .where("kind", "in", ["person", "company"])
      .where("deleted", "=", 0);
    for (const row of await rows.execute()) types.set(row.key, row);
  }
  return shared.flatMap((member) => {
    const type = types.get(member.key);
    return type ? [{ ...type, ...member, from_seq: Number(member.from_seq) }] : [];
  });
}

/** How many records of each object point at each of these records. */
export async function countSources(
  store: TenantStore,
  keys: readonly string[],
  rels: readonly string[],
): Promise<{ to_key: string; object: string; count: number }[]> {
  const counts: { to_key: string; object: string; count: number }[] = [];
  for (const chunk of chunks(keys)) {
    const objectOfSource = sql<string | null>`(select r.platform || '.' || r.object from records r
      where r.tenant = edges.tenant and r.key = edges.from_key and r.to_seq is null and r.deleted = 0)`;
    const rows = await versionsOf(store, "edges", null)
      .select((e) => ["to_key", objectOfSource.as("object"), e.fn.countAll<number>().as("count")])
      .where("to_key", "in", chunk)
      .where("rel", "in", [...rels])
      .groupBy(["to_key", "object"])
      .execute();
    counts.push(
      ...rows.flatMap(({ object, count, to_key }) => (object === null ? [] : [{ to_key, object, count: Number(count) }])),
    );
  }
  return counts;
}

/** Customers (nodes) after a node, in order. */
export async function listNodes(store: TenantStore, afterNode: string, limit: number): Promise<string[]> {
  const rows = await versionsOf(store, "members", null)
    .select("node")
    .distinct()
    .where("node", ">", afterNode)
    .orderBy("node")
    .limit(limit)
    .execute();
  return rows.map(({ node }) => node);
}

/** Keys of current company records after a key, in order. */
export async function listCompanyKeys(store: TenantStore, afterKey: string, limit: number): Promise<string[]> {
  const rows = await queriesOf(store)
    .from("records")
    .select("key")
    .where("to_seq", "is", null)
    .where("deleted", "=", 0)
    .where("kind", "=", "company")
    .where("key", ">", afterKey)
    .orderBy("key")
    .limit(limit)
    .execute();
  return rows.map(({ key }) => key);
}

/** Keys of current records of one object of a connection after a key, in order. */
export async function listObjectKeys(
  store: TenantStore,
  { connection, object }: { connection: string; object: string },
  afterKey: string,
  limit: number,
): Promise<string[]> {
  const rows = await queriesOf(store)
    .from("records")
    .select("key")
    .where("connection", "=", connection)
    .where("object", "=", object)
    .where("to_seq", "is", null)
    .where("deleted", "=", 0)
    .where("key", ">", afterKey)
    .orderBy("key")
    .limit(limit)
    .execute();
  return rows.map(({ key }) => key);
}

/** The customer of a record, and the rule that matched it; null when it belongs to none. */
export async function findMembership(store: TenantStore, key: string): Promise<{ node: string; rule: string } | null> {
  const row = await versionsOf(store, "members", null).select(["node", "rule"]).where("key", "=", key).executeTakeFirst();
  return row ?? null;
}

/** True if the event of this sequence made a new version of the record. */
export async function hasRecordVersion(store: TenantStore, key: string, sequence: number): Promise<boolean> {
  const row = await queriesOf(store)
    .from("records")
    .select("from_seq")
    .where("key", "=", key)
    .where("from_seq", "=", sequence)
    .executeTakeFirst();
  return row !== undefined;
}

export type ProjectionDump = { [T in ProjectionTable]: { table: T; rows: Database[T][] } }[ProjectionTable];

/** All rows of every projection table, in the order of their keys. */
export async function dumpProjections(store: TenantStore): Promise<ProjectionDump[]> {
  const dumps: ProjectionDump[] = [];
  for (const [table, keyColumns] of Object.entries(projectionTables)) {
    let query = queriesOf(store)
      .from(table as ProjectionTable)
      .selectAll();
    for (const column of keyColumns) query = query.orderBy(column as never);
    dumps.push({ table, rows: await query.execute() } as ProjectionDump);
  }
  return dumps;
}
