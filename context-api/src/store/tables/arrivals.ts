import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { TenantStore } from "../tenantStore.ts";

/** A version of a record that an event brought. Instants are epoch ms. */
export interface Arrival {
  sequence: number;
  connection: string;
  object: string;
  isWebhook: boolean;
  receivedAt: number;
  /** When its source changed it; null when the event brought no new version, or its source does not say. */
  changedAt: number | null;
}

/** What the events of a range of the log brought, oldest first, without records of an import. Nothing is decrypted. */
export async function listArrivals(
  store: TenantStore,
  { after, through, limit }: { after: number; through: number; limit: number },
): Promise<Arrival[]> {
  const changedAt = sql<number | null>`(select version.changed_at from records as version
    where version.tenant = ${store.tenant} and version.key = events.key and version.from_seq = events.sequence)`;
  const rows = await queriesOf(store)
    .from("events")
    .select((e) => [
      "sequence",
      "connection",
      "object",
      "received_at as receivedAt",
      e.case().when("stages", "is", null).then(0).else(1).end().as("isWebhook"),
      e.case().when("type", "like", "%.imported").then(null).else(changedAt).end().as("changedAt"),
    ])
    .where("sequence", ">", after)
    .where("sequence", "<=", through)
    .orderBy("sequence")
    .limit(limit)
    .execute();
  return rows.map(({ sequence, receivedAt, isWebhook, changedAt: changedRows, ...row }) => ({
    ...row,
    sequence: Number(sequence),
    receivedAt: Number(receivedAt),
    isWebhook: Number(isWebhook) === 1,
    changedAt: changedRows === null ? null : Number(changedRows),
  }));
}
