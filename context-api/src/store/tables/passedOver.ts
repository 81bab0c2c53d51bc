import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { PassedOverTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type PassedOverRow = Omit<PassedOverTable, "tenant">;

/** Adds to the count of a reason. */
export const countPassedOver = (
  store: TenantStore,
  { at, ...row }: Pick<PassedOverRow, "connection" | "stream" | "reason" | "count"> & { at: number },
): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("passed_over", { ...row, first_at: at, last_at: at })
      .onConflict((c) =>
        c
          .columns(["tenant", "connection", "stream", "reason"])
          .doUpdateSet({ count: sql<number>`passed_over.count + excluded.count`, last_at: at }),
      ),
  );

/** Of all streams, by connection, stream and reason. */
export async function listPassedOver(store: TenantStore): Promise<PassedOverRow[]> {
  return await queriesOf(store)
    .from("passed_over")
    .select(["connection", "stream", "reason", "count", "first_at", "last_at"])
    .orderBy("connection")
    .orderBy("stream")
    .orderBy("reason")
    .execute();
}
