import type { KeyObject } from "node:crypto";
import { ulid } from "ulid";
import { dataKeysOf } from "../log/dataKeys.ts";
import type { TenantLog } from "../log/log.ts";
import { seal } from "../security/seal.ts";
import type { Statement } from "../store/statement.ts";
import { type AuditRow, insertAuditEntry } from "../store/tables/auditEntries.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Actor } from "./actor.ts";

/** What was done, for the audit. Ids and counts only, no personal value. */
export interface AuditEntry {
  /** Noun and verb: `deliveries.retry`. */
  verb: string;
  ids: Record<string, string | number | null>;
  /** `person:…` or `company:…`. */
  customer?: string;
  /** What the person wrote as the reason, and the record whose data key seals it. */
  reason?: { text: string; record: string } | null;
  /** Of a request with an idempotency key: the id of its entry, and the keyed hash of its content. */
  request?: { id: string; hash: string };
}

/**
 * Runs the one commit of a service and records who did what. The statements belong into that commit, so that a change and its
 * audit row become durable together.
 */
export type Audit = <T>(actor: Actor, entry: AuditEntry, commit: (auditRows: Statement[]) => Promise<T>) => Promise<T>;

/** A tenant whose audit rows are stored. */
export interface AuditedTenant {
  store: TenantStore;
  /** The data key of a record, by its ref; null after its erasure. */
  dataKey(ref: string): Promise<KeyObject | null>;
  /** The key under which the record is stored. */
  key(ref: string): string;
}

interface AuditStores {
  of(tenant: string): AuditedTenant | null;
  now(): number;
}

export const auditedTenant = (log: TenantLog): AuditedTenant => ({
  store: log.store,
  key: log.key,
  dataKey: async (ref) => (await dataKeysOf(log, [log.key(ref)])).get(log.key(ref)) ?? null,
});

/** Stores a row in the commit, and writes a line to the log after it, unless the commit returns null: nothing was done. */
export const createAuditLog =
  (logger: Logger, stores: AuditStores): Audit =>
  async (actor, entry, commit) => {
    const auditTarget = stores.of(actor.tenant);
    const rows = auditTarget
      ? [insertAuditEntry(auditTarget.store, await auditRow(auditTarget, actor, entry, stores.now()))]
      : [];
    const result = await commit(rows);
    const { tenant, role, keyId, person } = actor;
    const { verb, ids } = entry;
    if (result !== null) logger.info({ tenant, actor: { keyId, role, person: person?.ref ?? null }, verb, ids }, "audit");
    return result;
  };

async function auditRow(
  { dataKey: dataKeyOf, key: keyOf }: AuditedTenant,
  { tenant, role, keyId, person }: Actor,
  { verb, ids, customer, reason, request }: AuditEntry,
  now: number,
): Promise<AuditRow> {
  const id = request?.id ?? `aud_${ulid(now)}`;
  const dataKey = reason ? await dataKeyOf(reason.record) : null;
  return {
    ...{ id, at: now, verb, key_id: keyId, role, person: person?.ref ?? null },
    customer: customer ?? null,
    ids: JSON.stringify(ids),
    request: request?.hash ?? null,
    subject: reason && dataKey ? keyOf(reason.record) : null,
    payload: reason && dataKey ? seal(dataKey, auditContext(tenant, id), JSON.stringify({ reason: reason.text })) : null,
  };
}

/** The row that the sealed part of an entry belongs to. */
export const auditContext = (tenant: string, id: string) => ({ tenant, table: "audit_entries", id });
