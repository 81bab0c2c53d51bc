import { LRUCache } from "lru-cache";
import type { TenantLog } from "../log/log.ts";
import { currentData } from "../log/reader.ts";

/**
 * Returns which refs the store holds. A ref found once is remembered: at worst a record that was erased later is not fetched
 * again, which is right.
 */
export function createKnownRefs(log: TenantLog): (refs: string[]) => Promise<ReadonlySet<string>> {
  const cache = new LRUCache<string, true>({ max: 50_000 });
  return async (refs) => {
    const newRefs = refs.filter((ref) => !cache.has(ref));
    if (newRefs.length > 0) for (const ref of (await currentData(log, newRefs)).keys()) cache.set(ref, true);
    return new Set(refs.filter((ref) => cache.has(ref)));
  };
}
