import type { KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import { unwrapDataKey } from "../security/keyring.ts";
import { loadSubjectKeys } from "../store/tables/subjectKeys.ts";
import type { TenantLog } from "./log.ts";

const openedKeys = new LRUCache<string, { wrapped: Buffer; key: KeyObject }>({ max: 20_000 });

/**
 * The opened data keys of subjects. An erased subject has none: only the opening is cached, never that a key exists.
 */
export async function dataKeysOf(
  { store, keys, tenant }: TenantLog,
  subjects: Iterable<string>,
): Promise<Map<string, KeyObject>> {
  const rows = await loadSubjectKeys(store, subjects);
  return new Map(rows.map(({ subject, wrapped_key }) => [subject, openKey(subject, wrapped_key)]));

  function openKey(subject: string, wrappedKey: Buffer): KeyObject {
    const name = `${tenant}\n${subject}`;
    const cachedKey = openedKeys.get(name);
    if (cachedKey?.wrapped.equals(wrappedKey)) return cachedKey.key;
    const key = unwrapDataKey(keys, subject, wrappedKey);
    openedKeys.set(name, { wrapped: wrappedKey, key });
    return key;
  }
}
