import { queriesOf } from "../queries.ts";
import type { UsedTokensTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** Records the use of a token, unless it was used before. {@link useOfToken} then names the first use. */
export const insertUsedToken = (store: TenantStore, row: Omit<UsedTokensTable, "tenant">): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("used_tokens", row)
      .onConflict((c) => c.columns(["tenant", "token"]).doNothing()),
  );

/** The use that was recorded first; null for a token that was never used. */
export async function useOfToken(store: TenantStore, token: string): Promise<string | null> {
  const row = await queriesOf(store).from("used_tokens").select("use").where("token", "=", token).executeTakeFirst();
  return row?.use ?? null;
}

/** @param expiredBefore epoch ms */
export const deleteUsedTokens = (store: TenantStore, expiredBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("used_tokens").where("expires_at", "<", expiredBefore));
