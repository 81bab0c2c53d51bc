import { queriesOf } from "../queries.ts";
import type { CanariesTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// Instants are epoch ms.

export type CanaryState = "running" | "passed" | "promoted" | "rolled_back" | "stopped";

export const insertCanary = (store: TenantStore, row: Omit<CanariesTable, "tenant">): Statement =>
  toStatement(queriesOf(store).insertInto("canaries", row));

/** Null when there is none with this id. */
export async function findCanary(store: TenantStore, id: string): Promise<CanariesTable | null> {
  return (await queriesOf(store).from("canaries").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
}

/** Newest first. */
export async function listCanaries(
  store: TenantStore,
  { limit, offset = 0, state }: { limit: number; offset?: number; state?: CanaryState | undefined },
): Promise<CanariesTable[]> {
  let query = queriesOf(store)
    .from("canaries")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .offset(offset);
  if (state !== undefined) query = query.where("state", "=", state);
  return await query.execute();
}

/** The canary that runs; null when none does. There is one at a time. */
export async function runningCanary(store: TenantStore): Promise<CanariesTable | null> {
  const [newest] = await listCanaries(store, { limit: 1 });
  return newest?.state === "running" ? newest : null;
}

export const saveCanaryOutcome = (store: TenantStore, id: string, outcome: string): Statement =>
  toStatement(queriesOf(store).updateTable("canaries").set({ outcome }).where("id", "=", id));

/** Ends a canary in one of the states `from`; others are not changed. */
export const endCanary = (
  store: TenantStore,
  { id, from, state, message, now }: { id: string; from: CanaryState[]; state: CanaryState; message: string | null; now: number },
): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("canaries")
      .set({ state, message, ended_at: now })
      .where("id", "=", id)
      .where("state", "in", from),
  );
