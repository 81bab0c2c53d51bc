import type { KeyObject } from "node:crypto";
import { entryLimit } from "@sidelight/model/entryLimit.ts";
import { SidelightError } from "@sidelight/model/errors.ts";
import { LRUCache } from "lru-cache";
import { keyedHash, keyOf, newKey, seal, unseal } from "./seal.ts";

/** The opened keys of one tenant, in memory only. */
export interface TenantKeys {
  tenant: string;
  /** Wraps the data keys of the subjects. */
  key: KeyObject;
  /** Makes keyed hashes for look-ups. */
  indexKey: KeyObject;
}

/** The keys of one tenant as stored, wrapped by the master key. */
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

/** The store was sealed under another master key. */
export class WrongMasterKeyError extends SidelightError {
  override readonly name = "WrongMasterKeyError";

  constructor(message: string, cause?: unknown) {
    super(message, { code: "wrong_master_key", stage: "open", cause });
  }
}

/** @throws {WrongMasterKeyError} */
export function openTenantKeys(master: KeyObject, tenant: string, wrappedKeys: WrappedTenantKeys): TenantKeys {
  try {
    return {
      tenant,
      key: keyOf(unseal(master, { tenant, table: "tenants", id: "key" }, wrappedKeys.wrapped_key)),
      indexKey: keyOf(unseal(master, { tenant, table: "tenants", id: "index" }, wrappedKeys.wrapped_index_key)),
    };
  } catch (cause) {
    throw new WrongMasterKeyError("The master key is not the one that the store was encrypted with. Use that key.", cause);
  }
}

export function wrapDataKey(keys: TenantKeys, subject: string, dataKey: KeyObject): Buffer {
  return seal(keys.key, { tenant: keys.tenant, table: "subject_keys", id: subject }, dataKey.export());
}

export function unwrapDataKey(keys: TenantKeys, subject: string, wrappedKey: Buffer): KeyObject {
  return keyOf(unseal(keys.key, { tenant: keys.tenant, table: "subject_keys", id: subject }, wrappedKey));
}

/**
 * Caches opened data keys, because unwrapping one costs as much as unsealing the payload. A key takes more than a kilobyte outside the
 * heap. The coarse resolution spares the clock.
 */
export const dataKeyCache = () =>
  new LRUCache<string, KeyObject>({ ...entryLimit(8_000), ttl: 10 * 60_000, ttlResolution: 1_000 });

/** Several steps of one commit hash the same ref. */
const recordKeys = new WeakMap<TenantKeys, LRUCache<string, string>>();

/** The key under which the record of a ref is stored. */
export function recordKey(keys: TenantKeys, ref: string): string {
  let cache = recordKeys.get(keys);
  if (!cache) {
    cache = new LRUCache(entryLimit(20_000));
    recordKeys.set(keys, cache);
  }
  const cachedKey = cache.get(ref);
  if (cachedKey !== undefined) return cachedKey;
  const key = keyedHash(keys.indexKey, ref);
  cache.set(ref, key);
  return key;
}

export const identifierHash = (keys: TenantKeys, kind: string, value: string): string =>
  // An address of a function is looked up as any address.
  keyedHash(keys.indexKey, `${kind === "role_email" ? "email" : kind}\n${value}`);

/** Hash of a value in its canonical form, to compare what a platform reports with what was written. */
export const valueHash = (keys: TenantKeys, canonicalValue: string): string =>
  keyedHash(keys.indexKey, `value\n${canonicalValue}`);

/** Recognizes a repeated event by the id that its source gave it. */
export const deduplicationKey = (keys: TenantKeys, connection: string, sourceId: string): string =>
  keyedHash(keys.indexKey, `received\n${connection}\n${sourceId}`);

/** Finds events by the platform's own id of them, for all connections. */
export const sourceEventHash = (keys: TenantKeys, sourceEventId: string): string =>
  keyedHash(keys.indexKey, `source event\n${sourceEventId}`);
