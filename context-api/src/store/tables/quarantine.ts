import { queriesOf } from "../queries.ts";
import type { QuarantineTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** A message that is still quarantined; null when there is none of this id, or it was released or discarded. */
export async function findQuarantinedRow(store: TenantStore, id: string): Promise<QuarantineTable | null> {
  const row = await queriesOf(store)
    .from("quarantine")
    .selectAll()
    .where("id", "=", id)
    .where("state", "=", "quarantined")
    .executeTakeFirst();
  return row ?? null;
}

export interface QuarantineRowFilter {
  limit: number;
  offset: number;
  platform?: string | undefined;
  reason?: string | undefined;
  /** Received at or after this instant, epoch ms. */
  since?: number | undefined;
  state?: string | undefined;
}

/** Newest first, without the sealed messages. */
export async function listQuarantineRows(
  store: TenantStore,
  { limit, offset, platform, reason, since, state }: QuarantineRowFilter,
): Promise<Omit<QuarantineTable, "tenant" | "subject" | "payload">[]> {
  let query = queriesOf(store)
    .from("quarantine")
    .select(["id", "platform", "connection", "webhook", "reason", "detail", "state", "received_at", "resolved_at"])
    .orderBy("received_at", "desc")
    .orderBy("id")
    .limit(limit)
    .offset(offset);
  if (platform !== undefined) query = query.where("platform", "=", platform);
  if (reason !== undefined) query = query.where("reason", "=", reason);
  if (since !== undefined) query = query.where("received_at", ">=", since);
  if (state !== undefined) query = query.where("state", "=", state);
  return await query.execute();
}

/** Quarantined messages of each webhook of these connections: how many, the reason of one of them, and when the first one arrived. */
export async function countQuarantined(
  store: TenantStore,
  connections: readonly string[],
): Promise<{ connection: string; webhook: string; reason: string; count: number; since: number }[]> {
  const rows = await queriesOf(store)
    .from("quarantine")
    .select((e) => [
      "connection",
      "webhook",
      e.fn.max("reason").as("reason"),
      e.fn.countAll<number>().as("count"),
      e.fn.min("received_at").as("since"),
    ])
    .where("connection", "in", connections)
    .where("state", "=", "quarantined")
    .groupBy(["connection", "webhook"])
    .execute();
  return rows.map(({ count, since, ...row }) => ({ ...row, count: Number(count), since: Number(since) }));
}

export const updateQuarantineState = (store: TenantStore, id: string, state: string, now: number): Statement =>
  toStatement(queriesOf(store).updateTable("quarantine").set({ state, resolved_at: now }).where("id", "=", id));

/** Deletes messages that were received before an instant, with the keys that sealed them. */
export function deleteQuarantineRows(store: TenantStore, receivedBefore: number): Statement[] {
  const queries = queriesOf(store);
  const subjects = queries.from("quarantine").select("subject").where("received_at", "<", receivedBefore);
  return [
    toStatement(queries.deleteFrom("subject_keys").where("subject", "in", subjects)),
    toStatement(queries.deleteFrom("quarantine").where("received_at", "<", receivedBefore)),
  ];
}
