import { queriesOf } from "../queries.ts";
import type { ApiKeysTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export async function findApiKeyRow(store: TenantStore, keyId: string): Promise<ApiKeysTable | null> {
  const row = await queriesOf(store).from("api_keys").selectAll().where("key_id", "=", keyId).executeTakeFirst();
  return row ?? null;
}

/** Oldest first. */
export async function listApiKeyRows(store: TenantStore): Promise<Omit<ApiKeysTable, "secret_hash">[]> {
  return await queriesOf(store)
    .from("api_keys")
    .select(["tenant", "key_id", "role", "label", "created_at", "expires_at", "revoked_at"])
    .orderBy("created_at")
    .orderBy("key_id")
    .execute();
}

export const insertApiKey = (store: TenantStore, row: Omit<ApiKeysTable, "tenant">): Statement =>
  toStatement(queriesOf(store).insertInto("api_keys", row));

/** @param now epoch ms */
export const revokeApiKey = (store: TenantStore, keyId: string, now: number): Statement =>
  toStatement(queriesOf(store).updateTable("api_keys").set({ revoked_at: now }).where("key_id", "=", keyId));
