import { queriesOf } from "../queries.ts";
import type { QuotaUseTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** Requests in the windows of all quotas: instant, position of the class, count, instant, … */
export async function loadQuotaUse(store: TenantStore): Promise<{ connection: string; quota: string; requests: number[] }[]> {
  const rows = await queriesOf(store).from("quota_use").select(["connection", "quota", "requests"]).execute();
  return rows.map(({ requests, ...row }) => ({ ...row, requests: JSON.parse(requests) as number[] }));
}

export function saveQuotaUse(
  store: TenantStore,
  { connection, quota, requests, updated_at }: Omit<QuotaUseTable, "tenant" | "requests"> & { requests: readonly number[] },
): Statement {
  const row = { requests: JSON.stringify(requests), updated_at };
  return toStatement(
    queriesOf(store)
      .insertInto("quota_use", { connection, quota, ...row })
      .onConflict((c) => c.columns(["tenant", "connection", "quota"]).doUpdateSet(row)),
  );
}
