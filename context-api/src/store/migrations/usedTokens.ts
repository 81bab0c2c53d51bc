import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Sign-in tokens that were used, so that none is accepted twice by any process. */
export const usedTokens: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table used_tokens (
    tenant text not null, token text not null, use text not null, expires_at integer not null,
    primary key (tenant, token)) without rowid`,
  "create index used_tokens_expiry on used_tokens (tenant, expires_at)",
];
