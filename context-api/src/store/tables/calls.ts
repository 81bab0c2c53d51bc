import { queriesOf } from "../queries.ts";
import type { CallsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type CallRow = Omit<CallsTable, "tenant">;

export const insertCalls = (store: TenantStore, rows: CallRow[]): Statement =>
  toStatement(queriesOf(store).insertInto("calls", rows));

export interface CallFilter {
  limit: number;
  /** Only calls whose id is smaller; null for the newest. */
  below: string | null;
  connection?: string | undefined;
  platform?: string | undefined;
  operation?: string | undefined;
  status?: number | undefined;
  requestId?: string | undefined;
  /** At or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Newest first. */
export async function listCallRows(store: TenantStore, filter: CallFilter): Promise<CallRow[]> {
  const { limit, below, connection, platform, operation, status, requestId, since } = filter;
  let query = queriesOf(store).from("calls").selectAll().orderBy("call_id", "desc").limit(limit);
  if (below !== null) query = query.where("call_id", "<", below);
  if (connection !== undefined) query = query.where("connection", "=", connection);
  if (platform !== undefined) query = query.where("platform", "=", platform);
  if (operation !== undefined) query = query.where("operation", "=", operation);
  if (status !== undefined) query = query.where("status", "=", status);
  if (requestId !== undefined) query = query.where("request_id", "=", requestId);
  if (since !== undefined) query = query.where("at", ">=", since);
  const rows = await query.execute();
  return rows.map((row) => ({ ...row, at: Number(row.at), ms: Number(row.ms), bytes: Number(row.bytes) }));
}

/** The id of the oldest call, or of the one after so many older ones; null when there are not as many below a limit. */
export async function findOldCall(
  store: TenantStore,
  { below, offset }: { below: string; offset: number },
): Promise<string | null> {
  const row = await queriesOf(store)
    .from("calls")
    .select("call_id")
    .where("call_id", "<", below)
    .orderBy("call_id")
    .limit(1)
    .offset(offset)
    .executeTakeFirst();
  return row?.call_id ?? null;
}

/** Deletes the calls whose ids are smaller. */
export const deleteCalls = (store: TenantStore, below: string): Statement =>
  toStatement(queriesOf(store).deleteFrom("calls").where("call_id", "<", below));
