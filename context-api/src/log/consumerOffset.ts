import { z } from "zod";
import type { Statement } from "../store/statement.ts";
import type { TenantLog } from "./log.ts";

const Place = z.object({ sequence: z.number() });

/** The last sequence that a follower of the log is done with. What happened before it was there is nobody's to act upon. */
export async function placeOf(log: TenantLog, follower: string): Promise<number> {
  const row = await log.store
    .from("checkpoints")
    .select("state")
    .where("connection", "=", "")
    .where("stream", "=", follower)
    .executeTakeFirst();
  return row ? Place.parse(JSON.parse(row.state)).sequence : log.head();
}

export function savePlace({ store, tenant }: TenantLog, follower: string, sequence: number, now: number): Statement {
  const row = { state: JSON.stringify({ sequence }), complete: 1, records: 0, started_at: now, updated_at: now };
  return store.statements
    .insertInto("checkpoints")
    .values({ tenant, connection: "", stream: follower, ...row })
    .onConflict((c) => c.columns(["tenant", "connection", "stream"]).doUpdateSet(row))
    .compile();
}
