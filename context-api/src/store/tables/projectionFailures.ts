import { queriesOf } from "../queries.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// Events that could not be applied to the projections.

/** How many there are, with the first of them; null when there is none. */
export async function summarizeProjectionFailures(
  store: TenantStore,
): Promise<{ count: number; eventId: string; reason: string } | null> {
  const query = queriesOf(store).from("projection_failures");
  const first = await query.select(["event_id", "reason"]).orderBy("sequence").limit(1).executeTakeFirst();
  if (!first) return null;
  const { count } = await query.select((e) => e.fn.countAll<number>().as("count")).executeTakeFirstOrThrow();
  return { count: Number(count), eventId: first.event_id, reason: first.reason };
}

export const insertProjectionFailure = (
  store: TenantStore,
  { sequence, eventId, reason }: { sequence: number; eventId: string; reason: string },
): Statement => {
  const row = { sequence, event_id: eventId, reason };
  return toStatement(
    queriesOf(store)
      .insertInto("projection_failures", row)
      .onConflict((c) => c.columns(["tenant", "sequence"]).doUpdateSet({ reason })),
  );
};

export const deleteProjectionFailures = (store: TenantStore): Statement =>
  toStatement(queriesOf(store).deleteFrom("projection_failures"));
