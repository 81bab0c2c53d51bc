import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Which form the projections of a tenant have. Those of earlier releases have the first. */
export const projectionVersion: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw("alter table tenants add column projection_version bigint not null default 1").execute(db);
  },
};
