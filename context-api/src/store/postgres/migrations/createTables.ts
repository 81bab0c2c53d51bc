import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * A migration of these statements. Text is compared by its bytes, as SQLite does.
 * @param tenantTables new tables whose rows belong to tenants: a policy hides those of other tenants from a connection
 */
export const createTables = (statements: readonly string[], tenantTables: readonly string[]): Migration => ({
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(byBytes(statement)).execute(db);
    for (const table of tenantTables) for (const statement of policyOf(table)) await sql.raw(statement).execute(db);
  },
});

const byBytes = (statement: string): string => statement.replaceAll(/(\w+) text(?= not null|[,)])/g, '$1 text collate "C"');

const policyOf = (table: string): string[] => [
  `alter table ${table} enable row level security`,
  `alter table ${table} force row level security`,
  `create policy tenant_rows on ${table} using (tenant = current_setting('sidelight.tenant', true))`,
];
