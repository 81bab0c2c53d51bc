import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** How many records of each stream could not be used, by reason; and the current records of an object, to compare with a listing. */
export const passedOver: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table passed_over (
    tenant text not null, connection text not null, stream text not null, reason text not null, count integer not null,
    first_at integer not null, last_at integer not null,
    primary key (tenant, connection, stream, reason)) without rowid`,
  "create index records_of_object on records (tenant, connection, object, deleted, key) where to_seq is null",
];
