import type { TenantStore } from "../store/store.ts";

const dayMs = 86_400_000;

/** How a connection's changes came to us in the last 24 hours. */
export interface Arrivals {
  /** Epoch ms; null when nothing was told. */
  lastReceivedAt: number | null;
  told: number;
  /** Seen by a pull or a read, leaving the first filling out. */
  found: number;
}

/** By connection. */
export async function arrivalsOf(store: TenantStore, now: number): Promise<Map<string, Arrivals>> {
  const rows = await store
    .from("events")
    .select((e) => [
      "connection",
      e.fn.max("received_at").filterWhere("stages", "is not", null).as("last"),
      e.fn.countAll<number>().filterWhere("stages", "is not", null).as("told"),
      e.fn.countAll<number>().filterWhere("stages", "is", null).filterWhere("type", "not like", "%.imported").as("found"),
    ])
    .where("received_at", ">=", now - dayMs)
    .groupBy("connection")
    .execute();
  return new Map(
    rows.map(({ connection, last, told, found }) => [
      connection,
      { lastReceivedAt: last === null ? null : Number(last), told: Number(told), found: Number(found) },
    ]),
  );
}
