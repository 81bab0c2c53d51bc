import type { TenantStore } from "../store/store.ts";

/** Events received since an instant (epoch ms), by platform, leaving the first filling out. */
export async function countEvents(store: TenantStore, since: number): Promise<Map<string, number>> {
  const rows = await store
    .from("events")
    .select((e) => ["platform", e.fn.countAll<number>().as("events")])
    .where("received_at", ">=", since)
    .where("type", "not like", "%.imported")
    .groupBy("platform")
    .execute();
  return new Map(rows.map(({ platform, events }) => [platform, Number(events)]));
}
