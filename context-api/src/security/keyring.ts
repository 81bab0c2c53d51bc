import type { KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import { keyedHash, keyOf, newKey, seal, unseal } from "./seal.ts";

/** The keys of one tenant, opened. Held in memory only. */
export interface TenantKeys {
  tenant: string;
  /** Wraps the data keys of the subjects. */
  key: KeyObject;
  /** Makes keyed hashes for look-ups. */
  indexKey: KeyObject;
}

/** As stored: both keys wrapped by the master key. */
export interface WrappedTenantKeys {
  wrapped_key: Buffer;
  wrapped_index_key: Buffer;
}

export const newTenantKeys = (master: KeyObject, tenant: string): WrappedTenantKeys =>
  rewrapTenantKeys(master, { tenant, key: newKey(), indexKey: newKey() });

export function rewrapTenantKeys(master: KeyObject, { tenant, key, indexKey }: TenantKeys): WrappedTenantKeys {
  return {
    wrapped_key: seal(master, { tenant, table: "tenants", id: "key" }, key.export()),
    wrapped_index_key: seal(master, { tenant, table: "tenants", id: "index" }, indexKey.export()),
  };
}

/** The master key at hand is not the one that the store was sealed under. */
export class WrongMasterKeyError extends Error {
  override readonly name = "WrongMasterKeyError";
}

/** @throws {WrongMasterKeyError} */
export function openTenantKeys(master: KeyObject, tenant: string, wrapped: WrappedTenantKeys): TenantKeys {
  try {
    return {
      tenant,
      key: keyOf(unseal(master, { tenant, table: "tenants", id: "key" }, wrapped.wrapped_key)),
      indexKey: keyOf(unseal(master, { tenant, table: "tenants", id: "index" }, wrapped.wrapped_index_key)),
    };
  } catch (cause) {
    throw new WrongMasterKeyError("the master key is not the one that the store was sealed under", { cause });
  }
}

export function wrapDataKey(keys: TenantKeys, subject: string, dataKey: KeyObject): Buffer {
  return seal(keys.key, { tenant: keys.tenant, table: "subject_keys", id: subject }, dataKey.export());
}

export function unwrapDataKey(keys: TenantKeys, subject: string, wrapped: Buffer): KeyObject {
  return keyOf(unseal(keys.key, { tenant: keys.tenant, table: "subject_keys", id: subject }, wrapped));
}

/** Opened data keys, remembered for a while: unwrapping costs as much as opening the payload itself. Looking at the clock costs too. */
export const dataKeyCache = () => new LRUCache<string, KeyObject>({ max: 20_000, ttl: 10 * 60_000, ttlResolution: 1_000 });

/** Several steps of one commit ask for the hash of the same ref. */
const recordKeys = new WeakMap<TenantKeys, LRUCache<string, string>>();

export function recordKey(keys: TenantKeys, ref: string): string {
  let known = recordKeys.get(keys);
  if (!known) {
    known = new LRUCache({ max: 20_000 });
    recordKeys.set(keys, known);
  }
  const before = known.get(ref);
  if (before !== undefined) return before;
  const key = keyedHash(keys.indexKey, ref);
  known.set(ref, key);
  return key;
}

export const identifierHash = (keys: TenantKeys, kind: string, value: string): string =>
  keyedHash(keys.indexKey, `${kind}\n${value}`);
/** Name under which a source's own event id is remembered. */
export const receivedName = (keys: TenantKeys, connection: string, sourceId: string): string =>
  keyedHash(keys.indexKey, `received\n${connection}\n${sourceId}`);
