import { queriesOf } from "../queries.ts";
import type { FailedRequestsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type FailedRequestRow = Omit<FailedRequestsTable, "tenant">;

/** A caller may choose the id of a request: the first failure under an id stays. */
export const insertFailedRequests = (store: TenantStore, rows: readonly FailedRequestRow[]): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("failed_requests", [...rows])
      .onConflict((c) => c.columns(["tenant", "request_id"]).doNothing()),
  );

export async function findFailedRequest(store: TenantStore, requestId: string): Promise<FailedRequestRow | null> {
  const row = await queriesOf(store)
    .from("failed_requests")
    .select(["request_id", "at", "method", "route", "status", "code", "cause", "key_id", "panel"])
    .where("request_id", "=", requestId)
    .executeTakeFirst();
  return row ?? null;
}

/** @param failedBefore epoch ms */
export const deleteFailedRequests = (store: TenantStore, failedBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("failed_requests").where("at", "<", failedBefore));
