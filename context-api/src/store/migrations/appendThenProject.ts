import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Events are projected after their append: what the append compares with moves to a table of its own. */
export const appendThenProject: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table record_heads (
    tenant text not null, key text not null, sequence integer not null, digest text not null, deleted integer not null,
    version_changed_at integer, changed_at integer, change_order real not null, observed_at integer not null,
    previous_observed_at integer not null,
    primary key (tenant, key)) without rowid`,
  // Earlier releases stored no order for a record that was read. It was confirmed at its last observation.
  `insert into record_heads
    select r.tenant, r.key, r.from_seq, r.digest, r.deleted, r.changed_at, o.changed_at,
      coalesce(o.change_order, o.observed_at, 0), coalesce(o.observed_at, 0), coalesce(o.observed_at, 0)
    from records r left join observations o on o.tenant = r.tenant and o.key = r.key
    where r.to_seq is null`,
  "delete from observations where exists (select 1 from record_heads h where h.tenant = observations.tenant and h.key = observations.key)",
  "alter table observations drop column changed_at",
  "alter table observations drop column change_order",
  `create table projection_failures (
    tenant text not null, sequence integer not null, event_id text not null, reason text not null,
    primary key (tenant, sequence)) without rowid`,
  // Everything in the log is projected.
  `insert into consumer_offsets (tenant, consumer, sequence, updated_at)
    select tenant, 'projector', max(sequence), 0 from events group by tenant`,
];
