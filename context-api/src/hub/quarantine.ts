import type { TenantLog } from "../events/log.ts";
import type { Delivery } from "../platforms/webhook.ts";
import { unwrapDataKey } from "../security/keyring.ts";
import { unseal } from "../security/seal.ts";
import { toDelivery } from "./stored.ts";

export interface Held {
  connection: string;
  webhook: string;
  delivery: Delivery;
}

/** Opens a held delivery. Null when there is none, or it was settled, or its key is gone. */
export async function readHeld({ store, keys, tenant }: TenantLog, id: string): Promise<Held | null> {
  const row = await store.from("quarantine").selectAll().where("id", "=", id).where("state", "=", "held").executeTakeFirst();
  if (!row) return null;
  const key = await store.from("subject_keys").select("wrapped_key").where("subject", "=", row.subject).executeTakeFirst();
  if (!key) return null;
  const dataKey = unwrapDataKey(keys, row.subject, key.wrapped_key);
  const text = unseal(dataKey, { tenant, table: "quarantine", id }, row.payload).toString();
  return { connection: row.connection, webhook: row.webhook, delivery: toDelivery(text) };
}

export async function settle({ store, tenant, commit }: TenantLog, id: string, state: "released" | "discarded", now: number) {
  const statement = store.statements
    .updateTable("quarantine")
    .set({ state, settled_at: now })
    .where("tenant", "=", tenant)
    .where("id", "=", id)
    .compile();
  await commit({ statements: [statement], correlationId: "quarantine" });
}
