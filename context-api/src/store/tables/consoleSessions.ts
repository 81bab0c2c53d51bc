import { queriesOf } from "../queries.ts";
import type { ConsoleSessionsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type ConsoleSessionRow = Omit<ConsoleSessionsTable, "tenant">;

/** Null for a session that ended or never was. */
export async function findConsoleSession(store: TenantStore, id: string): Promise<ConsoleSessionRow | null> {
  const row = await queriesOf(store).from("console_sessions").selectAll().where("id", "=", id).executeTakeFirst();
  return row ?? null;
}

export const insertConsoleSession = (store: TenantStore, row: ConsoleSessionRow): Statement =>
  toStatement(queriesOf(store).insertInto("console_sessions", row));

/** Records activity, epoch ms. A session that was ended meanwhile stays ended. */
export const renewConsoleSessionRow = (store: TenantStore, id: string, usedAt: number): Statement =>
  toStatement(queriesOf(store).updateTable("console_sessions").set({ used_at: usedAt }).where("id", "=", id));

export const deleteConsoleSession = (store: TenantStore, id: string): Statement =>
  toStatement(queriesOf(store).deleteFrom("console_sessions").where("id", "=", id));

/** @param expiredBefore epoch ms */
export const deleteConsoleSessions = (store: TenantStore, expiredBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("console_sessions").where("expires_at", "<", expiredBefore));
