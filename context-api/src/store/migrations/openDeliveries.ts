import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Indexes that answer for alerts and metrics how many deliveries wait or are dead letters, without reading their rows. */
export const openDeliveries: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  "create index deliveries_backlog on deliveries (tenant, target, created_at, cause) where state = 'waiting'",
  "create index deliveries_dead_letters on deliveries (tenant, target, route, settled_at, cause) where state = 'dead_letter'",
];
