import { LRUCache } from "lru-cache";
import { keyedHash, newKey, seal, unseal } from "./seal.ts";

/** The keys of one tenant, opened. Held in memory only. */
export interface TenantKeys {
  tenant: string;
  /** Wraps the data keys of the subjects. */
  key: Buffer;
  /** Makes keyed hashes for look-ups. */
  indexKey: Buffer;
}

/** As stored: both keys wrapped by the master key. */
export interface WrappedTenantKeys {
  wrapped_key: Buffer;
  wrapped_index_key: Buffer;
}

export function newTenantKeys(master: Buffer, tenant: string): WrappedTenantKeys {
  return {
    wrapped_key: seal(master, { tenant, table: "tenants", id: "key" }, newKey()),
    wrapped_index_key: seal(master, { tenant, table: "tenants", id: "index" }, newKey()),
  };
}

/** @throws when the master key is not the one that wrapped them */
export function openTenantKeys(master: Buffer, tenant: string, wrapped: WrappedTenantKeys): TenantKeys {
  return {
    tenant,
    key: unseal(master, { tenant, table: "tenants", id: "key" }, wrapped.wrapped_key),
    indexKey: unseal(master, { tenant, table: "tenants", id: "index" }, wrapped.wrapped_index_key),
  };
}

export function wrapDataKey(keys: TenantKeys, subject: string, dataKey: Buffer): Buffer {
  return seal(keys.key, { tenant: keys.tenant, table: "subject_keys", id: subject }, dataKey);
}

export function unwrapDataKey(keys: TenantKeys, subject: string, wrapped: Buffer): Buffer {
  return unseal(keys.key, { tenant: keys.tenant, table: "subject_keys", id: subject }, wrapped);
}

/** Opened data keys, remembered for a while: unwrapping costs as much as opening the payload itself. */
export const dataKeyCache = () => new LRUCache<string, Buffer>({ max: 20_000, ttl: 10 * 60_000 });

export const recordKey = (keys: TenantKeys, ref: string): string => keyedHash(keys.indexKey, ref);
export const identifierHash = (keys: TenantKeys, kind: string, value: string): string =>
  keyedHash(keys.indexKey, `${kind}\n${value}`);
