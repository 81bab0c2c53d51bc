import type { KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import { unwrapDataKey } from "../security/keyring.ts";
import { chunks } from "../store/chunks.ts";
import type { TenantLog } from "./log.ts";

const opened = new LRUCache<string, { wrapped: Buffer; key: KeyObject }>({ max: 20_000 });

/** The data keys of subjects, opened; a subject that was erased has none. Only the opening is remembered, never that there is one. */
export async function dataKeysOf(
  { store, keys, tenant }: TenantLog,
  subjects: Iterable<string>,
): Promise<Map<string, KeyObject>> {
  const found = new Map<string, KeyObject>();
  for (const some of chunks([...new Set(subjects)])) {
    const rows = await store.from("subject_keys").select(["subject", "wrapped_key"]).where("subject", "in", some).execute();
    for (const { subject, wrapped_key } of rows) found.set(subject, open(subject, wrapped_key));
  }
  return found;

  function open(subject: string, wrapped: Buffer): KeyObject {
    const name = `${tenant}\n${subject}`;
    const known = opened.get(name);
    if (known?.wrapped.equals(wrapped)) return known.key;
    const key = unwrapDataKey(keys, subject, wrapped);
    opened.set(name, { wrapped, key });
    return key;
  }
}
