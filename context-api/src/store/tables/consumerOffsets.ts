import { queriesOf } from "../queries.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** The last sequence that a consumer of the log has handled; null for a new consumer. */
export async function findConsumerOffset(store: TenantStore, consumer: string): Promise<number | null> {
  const row = await queriesOf(store)
    .from("consumer_offsets")
    .select("sequence")
    .where("consumer", "=", consumer)
    .executeTakeFirst();
  return row?.sequence ?? null;
}

/** How far a consumer has read, and when it last did, epoch ms; null for a new consumer. */
export async function findConsumerProgress(
  store: TenantStore,
  consumer: string,
): Promise<{ sequence: number; updatedAt: number } | null> {
  const row = await queriesOf(store)
    .from("consumer_offsets")
    .select(["sequence", "updated_at"])
    .where("consumer", "=", consumer)
    .executeTakeFirst();
  return row ? { sequence: Number(row.sequence), updatedAt: Number(row.updated_at) } : null;
}

export function saveConsumerOffset(store: TenantStore, consumer: string, sequence: number, now: number): Statement {
  const row = { sequence, updated_at: now };
  return toStatement(
    queriesOf(store)
      .insertInto("consumer_offsets", { consumer, ...row })
      .onConflict((c) => c.columns(["tenant", "consumer"]).doUpdateSet(row)),
  );
}
