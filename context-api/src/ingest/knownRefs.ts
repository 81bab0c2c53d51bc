import { LRUCache } from "lru-cache";
import type { TenantLog } from "../log/log.ts";
import { currentData } from "../log/reader.ts";

/**
 * Which refs the store knows. Who was known once is taken for known: at worst somebody who was erased meanwhile isn't asked for
 * again, as is right.
 */
export function knownRefs(log: TenantLog): (refs: string[]) => Promise<ReadonlySet<string>> {
  const known = new LRUCache<string, true>({ max: 50_000 });
  return async (refs) => {
    const unsure = refs.filter((ref) => !known.has(ref));
    if (unsure.length > 0) for (const ref of (await currentData(log, unsure)).keys()) known.set(ref, true);
    return new Set(refs.filter((ref) => known.has(ref)));
  };
}
