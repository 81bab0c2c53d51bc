import { queriesOf } from "../queries.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** The schema of a platform, as the last check found it: a JSON value. Instants are epoch ms. */
export interface StoredPlatformShape {
  shape: unknown;
  checkedAt: number;
}

/** Null when the connection was never checked. */
export async function findPlatformShape(store: TenantStore, connection: string): Promise<StoredPlatformShape | null> {
  const row = await queriesOf(store)
    .from("platform_shapes")
    .select(["shape", "checked_at"])
    .where("connection", "=", connection)
    .executeTakeFirst();
  return row ? { shape: JSON.parse(row.shape), checkedAt: row.checked_at } : null;
}

export function savePlatformShape(store: TenantStore, connection: string, shape: unknown, checkedAt: number): Statement {
  const row = { shape: JSON.stringify(shape), checked_at: checkedAt };
  return toStatement(
    queriesOf(store)
      .insertInto("platform_shapes", { connection, ...row })
      .onConflict((c) => c.columns(["tenant", "connection"]).doUpdateSet(row)),
  );
}
