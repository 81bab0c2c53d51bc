import type { Kysely } from "kysely";
import type { Database } from "../../store/schema.ts";

/** Longer than any platform tries again: Salesforce gives up after 24 hours. */
const receivedMs = 7 * 86_400_000;

/** Names of events that nobody sends any more. */
export async function forgetReceived(db: Kysely<Database>, tenant: string, now: number): Promise<void> {
  await db
    .deleteFrom("received")
    .where("tenant", "=", tenant)
    .where("received_at", "<", now - receivedMs)
    .execute();
}

/** What could not be used and nobody released: its keys first, then the rows. */
export async function forgetQuarantined(db: Kysely<Database>, tenant: string, before: number): Promise<void> {
  const old = db.selectFrom("quarantine").select("subject").where("tenant", "=", tenant).where("received_at", "<", before);
  await db.deleteFrom("subject_keys").where("tenant", "=", tenant).where("subject", "in", old).execute();
  await db.deleteFrom("quarantine").where("tenant", "=", tenant).where("received_at", "<", before).execute();
}

/** Deliveries that are over, with what they carried. What was given up stays until somebody has decided. */
export async function forgetDeliveries(db: Kysely<Database>, tenant: string, before: number): Promise<void> {
  await db
    .deleteFrom("deliveries")
    .where("tenant", "=", tenant)
    .where("state", "in", ["done", "withheld"])
    .where("settled_at", "<", before)
    .execute();
}
