import type { Delivery } from "@sidelight/platform-kit/webhook.ts";
import type { TenantLog } from "../log/log.ts";
import { unwrapDataKey } from "../security/keyring.ts";
import { unseal } from "../security/seal.ts";
import { toDelivery } from "./storedRequest.ts";

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

export interface QuarantineFilter {
  limit: number;
  offset: number;
  platform?: string | undefined;
  reason?: string | undefined;
  since?: number | undefined;
  state?: string | undefined;
}

/** Newest first, without what they hold. */
export async function listQuarantine({ store }: TenantLog, filter: QuarantineFilter) {
  let query = store
    .from("quarantine")
    .select(["id", "platform", "connection", "webhook", "reason", "detail", "state", "received_at", "settled_at"])
    .orderBy("received_at", "desc")
    .orderBy("id")
    .limit(filter.limit)
    .offset(filter.offset);
  if (filter.platform !== undefined) query = query.where("platform", "=", filter.platform);
  if (filter.reason !== undefined) query = query.where("reason", "=", filter.reason);
  if (filter.since !== undefined) query = query.where("received_at", ">=", filter.since);
  if (filter.state !== undefined) query = query.where("state", "=", filter.state);
  return await query.execute();
}

/** Lets go of a held message: its key is destroyed. False when none of this id is held. */
export async function discard(log: TenantLog, id: string, now: number): Promise<boolean> {
  const { store, tenant } = log;
  const held = await store
    .from("quarantine")
    .select("subject")
    .where("id", "=", id)
    .where("state", "=", "held")
    .executeTakeFirst();
  if (!held) return false;
  const { subject } = held;
  const forget = store.statements
    .deleteFrom("subject_keys")
    .where("tenant", "=", tenant)
    .where("subject", "=", subject)
    .compile();
  await log.commit({ statements: [forget], correlationId: "quarantine" });
  await settle(log, id, "discarded", now);
  return true;
}
