import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * The ref of a written record can contain an id that a customer chose, as an e-mail address. It is sealed from now on. Earlier refs are
 * removed, because a migration has no keys; the traces of earlier events lose their stage `confirmed`.
 */
export const sealedDeliveryRefs: Migration = {
  async up(db: Kysely<unknown>) {
    const run = async (statement: string) => await sql.raw(statement).execute(db);
    await run("alter table deliveries drop column ref");
    await run("alter table deliveries add column sealed_ref blob");
    await rewriteTable(db, run);
  },
};

/** Copies the table and overwrites the pages of the old one, which still contain what was removed from its rows. */
async function rewriteTable(db: Kysely<unknown>, run: (statement: string) => Promise<unknown>): Promise<void> {
  const { rows } = await sql<{ type: string; sql: string }>`
    select type, sql from sqlite_master where tbl_name = 'deliveries' and sql is not null order by type, name`.execute(db);
  const definitions = (type: string) => rows.filter((row) => row.type === type).map((row) => row.sql);
  await run("pragma secure_delete = on");
  for (const definition of definitions("table"))
    await run(definition.replace(/^create table "?deliveries"?/i, "create table deliveries_copy"));
  await run("insert into deliveries_copy select * from deliveries");
  await run("drop table deliveries");
  await run("alter table deliveries_copy rename to deliveries");
  for (const definition of definitions("index")) await run(definition);
  await run("pragma secure_delete = off");
}
