import type { WebhookRequest } from "@sidelight/platform-kit/webhook.ts";
import { dataKeysOf } from "../log/dataKeys.ts";
import type { TenantLog } from "../log/log.ts";
import { unseal } from "../security/seal.ts";
import { findQuarantinedRow } from "../store/tables/quarantine.ts";
import { decodeRequest } from "./storedRequest.ts";

export interface QuarantinedWebhook {
  connection: string;
  webhook: string;
  request: WebhookRequest;
}

/** Decrypts a quarantined request. Null when there is none with this id, it was resolved, or its key was destroyed. */
export async function readQuarantined(log: TenantLog, id: string): Promise<QuarantinedWebhook | null> {
  const row = await findQuarantinedRow(log.store, id);
  const key = row && (await dataKeysOf(log, [row.subject])).get(row.subject);
  if (!row || !key) return null;
  const text = unseal(key, { tenant: log.tenant, table: "quarantine", id }, row.payload).toString();
  return { connection: row.connection, webhook: row.webhook, request: decodeRequest(text) };
}
