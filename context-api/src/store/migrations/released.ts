import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

// Released migrations never change: databases have run them. `migrations.test.ts` holds the hash of what each of them executes.
// Their names carry planned dates. Names of later migrations are numbers: see `../migrations.ts`.

/** Rows are stored in the tree of the primary key. Small rows that are looked up by their key need no second tree. */
const withoutRowid = sql`without rowid`;

/** The projection tables of this release, each with its key. */
const projectionKeys = {
  records: ["key", "from_seq"],
  identifiers: ["identifier", "key", "from_seq"],
  edges: ["from_key", "rel", "to_key", "from_seq"],
  members: ["key", "from_seq"],
  versions: ["node"],
};

const first: Migration = {
  async up(db: Kysely<unknown>) {
    const table = (name: string) => db.schema.createTable(name).addColumn("tenant", "text", (c) => c.notNull());
    await table("tenants")
      .addColumn("wrapped_key", "blob", (c) => c.notNull())
      .addColumn("wrapped_index_key", "blob", (c) => c.notNull())
      .addColumn("created_at", "integer", (c) => c.notNull())
      .addPrimaryKeyConstraint("tenants_pk", ["tenant"])
      .execute();
    await table("subject_keys")
      .addColumn("subject", "text", (c) => c.notNull())
      .addColumn("wrapped_key", "blob", (c) => c.notNull())
      .addColumn("created_at", "integer", (c) => c.notNull())
      .addPrimaryKeyConstraint("subject_keys_pk", ["tenant", "subject"])
      .modifyEnd(withoutRowid)
      .execute();
    await table("events")
      .addColumn("sequence", "integer", (c) => c.notNull())
      .addColumn("event_id", "text", (c) => c.notNull())
      .addColumn("type", "text", (c) => c.notNull())
      .addColumn("schema_version", "integer", (c) => c.notNull())
      .addColumn("timestamp", "integer", (c) => c.notNull())
      .addColumn("received_at", "integer", (c) => c.notNull())
      .addColumn("platform", "text", (c) => c.notNull())
      .addColumn("connection", "text", (c) => c.notNull())
      .addColumn("object", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("subject", "text", (c) => c.notNull())
      .addColumn("correlation_id", "text", (c) => c.notNull())
      .addColumn("source_event_id", "text")
      .addColumn("payload", "blob", (c) => c.notNull())
      .addPrimaryKeyConstraint("events_pk", ["tenant", "sequence"])
      .addUniqueConstraint("events_id", ["tenant", "event_id"])
      .execute();
    await index(db, "events_key", "events", ["tenant", "key", "sequence"]);
    await table("records")
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("from_seq", "integer", (c) => c.notNull())
      .addColumn("to_seq", "integer")
      .addColumn("first_seq", "integer", (c) => c.notNull())
      .addColumn("platform", "text", (c) => c.notNull())
      .addColumn("connection", "text", (c) => c.notNull())
      .addColumn("object", "text", (c) => c.notNull())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("subject", "text", (c) => c.notNull())
      .addColumn("changed_at", "integer")
      .addColumn("deleted", "integer", (c) => c.notNull())
      .addColumn("digest", "text", (c) => c.notNull())
      .addColumn("payload", "blob", (c) => c.notNull())
      .addPrimaryKeyConstraint("records_pk", ["tenant", "key", "from_seq"])
      .execute();
    await table("identifiers")
      .addColumn("identifier", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("from_seq", "integer", (c) => c.notNull())
      .addColumn("to_seq", "integer")
      .addPrimaryKeyConstraint("identifiers_pk", ["tenant", "identifier", "key", "from_seq"])
      .modifyEnd(withoutRowid)
      .execute();
    await index(db, "identifiers_key", "identifiers", ["tenant", "key"]);
    await table("edges")
      .addColumn("from_key", "text", (c) => c.notNull())
      .addColumn("rel", "text", (c) => c.notNull())
      .addColumn("to_key", "text", (c) => c.notNull())
      .addColumn("from_seq", "integer", (c) => c.notNull())
      .addColumn("to_seq", "integer")
      .addPrimaryKeyConstraint("edges_pk", ["tenant", "from_key", "rel", "to_key", "from_seq"])
      .modifyEnd(withoutRowid)
      .execute();
    await index(db, "edges_to", "edges", ["tenant", "to_key", "rel"]);
    await table("members")
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("node", "text", (c) => c.notNull())
      .addColumn("rule", "text", (c) => c.notNull())
      .addColumn("from_seq", "integer", (c) => c.notNull())
      .addColumn("to_seq", "integer")
      .addPrimaryKeyConstraint("members_pk", ["tenant", "key", "from_seq"])
      .modifyEnd(withoutRowid)
      .execute();
    await index(db, "members_node", "members", ["tenant", "node"]);
    await table("versions")
      .addColumn("node", "text", (c) => c.notNull())
      .addColumn("version", "integer", (c) => c.notNull())
      .addPrimaryKeyConstraint("versions_pk", ["tenant", "node"])
      .modifyEnd(withoutRowid)
      .execute();
    await table("observations")
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("observed_at", "integer", (c) => c.notNull())
      .addColumn("changed_at", "integer")
      .addPrimaryKeyConstraint("observations_pk", ["tenant", "key"])
      .modifyEnd(withoutRowid)
      .execute();
    await table("coverage")
      .addColumn("connection", "text", (c) => c.notNull())
      .addColumn("object", "text", (c) => c.notNull())
      .addColumn("observed_at", "integer", (c) => c.notNull())
      .addPrimaryKeyConstraint("coverage_pk", ["tenant", "connection", "object"])
      .modifyEnd(withoutRowid)
      .execute();
    await table("checkpoints")
      .addColumn("connection", "text", (c) => c.notNull())
      .addColumn("stream", "text", (c) => c.notNull())
      .addColumn("state", "text", (c) => c.notNull())
      .addColumn("complete", "integer", (c) => c.notNull())
      .addColumn("records", "integer", (c) => c.notNull())
      .addColumn("started_at", "integer", (c) => c.notNull())
      .addColumn("updated_at", "integer", (c) => c.notNull())
      .addPrimaryKeyConstraint("checkpoints_pk", ["tenant", "connection", "stream"])
      .execute();
    await table("connection_health")
      .addColumn("connection", "text", (c) => c.notNull())
      .addColumn("last_success_at", "integer")
      .addColumn("failing_since", "integer")
      .addColumn("failure_code", "text")
      .addColumn("failure_message", "text")
      .addPrimaryKeyConstraint("connection_health_pk", ["tenant", "connection"])
      .execute();
    await table("api_keys")
      .addColumn("key_id", "text", (c) => c.notNull())
      .addColumn("secret_hash", "text", (c) => c.notNull())
      .addColumn("role", "text", (c) => c.notNull())
      .addColumn("label", "text", (c) => c.notNull())
      .addColumn("created_at", "integer", (c) => c.notNull())
      .addColumn("expires_at", "integer")
      .addColumn("revoked_at", "integer")
      .addPrimaryKeyConstraint("api_keys_pk", ["tenant", "key_id"])
      .execute();
  },
};

/** The projections at the time of the last pruning, in tables with the same columns. */
const retention: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("baselines")
      .addColumn("tenant", "text", (c) => c.notNull())
      .addColumn("sequence", "integer", (c) => c.notNull())
      .addColumn("before", "integer", (c) => c.notNull())
      .addColumn("pruned_at", "integer", (c) => c.notNull())
      .addPrimaryKeyConstraint("baselines_pk", ["tenant"])
      .execute();
    for (const [table, key] of Object.entries(projectionKeys)) {
      await sql`create table ${sql.table(`baseline_${table}`)} as select * from ${sql.table(table)} where false`.execute(db);
      await index(db, `baseline_${table}_key`, `baseline_${table}`, ["tenant", ...key]);
    }
  },
};

/** Webhooks: deduplication keys and the quarantine. */
const ingest: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("events").addColumn("stages", "text").execute();
    await db.schema.alterTable("observations").addColumn("change_order", "real").execute();
    await index(db, "events_received", "events", ["tenant", "received_at"]);
    await sql`create table received (
      tenant text not null, name text not null, event_id text not null, received_at integer not null,
      primary key (tenant, name)) without rowid`.execute(db);
    await index(db, "received_at", "received", ["tenant", "received_at"]);
    await db.schema
      .createTable("quarantine")
      .addColumn("tenant", "text", (c) => c.notNull())
      .addColumn("id", "text", (c) => c.notNull())
      .addColumn("connection", "text", (c) => c.notNull())
      .addColumn("platform", "text", (c) => c.notNull())
      .addColumn("webhook", "text", (c) => c.notNull())
      .addColumn("reason", "text", (c) => c.notNull())
      .addColumn("detail", "text", (c) => c.notNull())
      .addColumn("state", "text", (c) => c.notNull())
      .addColumn("received_at", "integer", (c) => c.notNull())
      .addColumn("settled_at", "integer")
      .addColumn("subject", "text", (c) => c.notNull())
      .addColumn("payload", "blob", (c) => c.notNull())
      .addPrimaryKeyConstraint("quarantine_pk", ["tenant", "id"])
      .execute();
  },
};

/** Member lists that arrive in pages: the exports and the members they named. */
const cohorts: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("list_sendings")
      .addColumn("tenant", "text", (c) => c.notNull())
      .addColumn("list", "text", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("ord", "integer", (c) => c.notNull())
      .addColumn("pages", "text", (c) => c.notNull())
      .addColumn("total", "integer", (c) => c.notNull())
      .addColumn("covers", "integer", (c) => c.notNull())
      .addColumn("received_at", "integer", (c) => c.notNull())
      .addPrimaryKeyConstraint("list_sendings_pk", ["tenant", "list", "name"])
      .execute();
    await db.schema
      .createTable("list_mentions")
      .addColumn("tenant", "text", (c) => c.notNull())
      .addColumn("member", "text", (c) => c.notNull())
      .addColumn("list", "text", (c) => c.notNull())
      .addColumn("ord", "integer", (c) => c.notNull())
      .addPrimaryKeyConstraint("list_mentions_pk", ["tenant", "member"])
      .execute();
    await index(db, "list_mentions_list", "list_mentions", ["tenant", "list", "ord"]);
  },
};

const alerts: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create table alerts (
      tenant text not null, id text not null, kind text not null, severity text not null, connection text not null,
      subject text not null, message text not null, opened_at integer not null, closed_at integer,
      primary key (tenant, id))`.execute(db);
  },
};

const deliveries: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create table deliveries (
      tenant text not null, id text not null, route text not null, target text not null, action text not null,
      event_id text not null, sequence integer not null, subject text not null, name text, state text not null,
      cause text, message text, attempts integer not null, next_at integer not null, created_at integer not null,
      settled_at integer, ref text, config text not null, payload blob not null,
      primary key (tenant, id))`.execute(db);
    await index(db, "deliveries_due", "deliveries", ["tenant", "target", "state", "next_at"]);
    await index(db, "deliveries_event", "deliveries", ["tenant", "event_id"]);
    await index(db, "events_object", "events", ["tenant", "connection", "object", "sequence"]);
  },
};

const blocked: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create index deliveries_given_up on deliveries (tenant, route, subject) where state in ('dead', 'held')`.execute(
      db,
    );
  },
};

const signals: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create table customer_signals (
      tenant text not null, customer text not null, score integer, band text, trend text, sequence integer not null,
      primary key (tenant, customer)) without rowid`.execute(db);
  },
};

/** Frequent counts read an index only. */
const counts: Migration = {
  async up(db: Kysely<unknown>) {
    await index(db, "deliveries_settled", "deliveries", ["tenant", "route", "state", "settled_at", "sequence", "attempts"]);
    await db.schema.dropIndex("events_received").execute();
    await index(db, "events_received", "events", ["tenant", "received_at", "platform", "type"]);
  },
};

/** The configurations that were activated, and the versions that tenants were rolled back to. */
const config: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create table config_versions (
      tenant text not null, version text not null, text text not null, since integer not null, origin text not null,
      primary key (tenant, version))`.execute(db);
    await sql`create table config_pins (
      tenant text not null, version text not null, files_version text not null, pinned_at integer not null,
      primary key (tenant))`.execute(db);
  },
};

/** Without statistics, SQLite prefers the primary key (all rows of a tenant) to an index that does not cover the query. */
const covering: Migration = {
  async up(db: Kysely<unknown>) {
    for (const name of ["edges_to", "members_node"]) await sql`drop index ${sql.id(name)}`.execute(db);
    await index(db, "edges_to", "edges", ["tenant", "to_key", "rel", "to_seq"]);
    await index(db, "members_node", "members", ["tenant", "node", "from_seq", "key", "rule", "to_seq"]);
  },
};

/** Lists show the newest row first. */
const lists: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create index deliveries_listed on deliveries (tenant, created_at desc, id)`.execute(db);
    await sql`create index quarantine_listed on quarantine (tenant, received_at desc, id)`.execute(db);
  },
};

/** Each batch looks up the waiting deliveries of the same name. */
const names: Migration = {
  async up(db: Kysely<unknown>) {
    await index(db, "deliveries_name", "deliveries", ["tenant", "name", "state"]);
  },
};

async function index(db: Kysely<unknown>, name: string, table: string, columns: string[]): Promise<void> {
  await sql`create index ${sql.id(name)} on ${sql.table(table)} (${sql.join(columns.map((c) => sql.ref(c)))})`.execute(db);
}

/** In order. The names are recorded in databases. */
export const releasedMigrations: Record<string, Migration> = {
  "2026-11-21-first-light": first,
  "2026-11-22-retention": retention,
  "2026-11-23-hub": ingest,
  "2026-11-24-cohorts": cohorts,
  "2026-11-25-alerts": alerts,
  "2026-11-26-deliveries": deliveries,
  "2026-11-27-held": blocked,
  "2026-11-28-covering": covering,
  "2026-11-28-counts": counts,
  "2026-11-29-signals": signals,
  "2026-11-30-config": config,
  "2026-12-01-lists": lists,
  "2026-12-02-names": names,
};
