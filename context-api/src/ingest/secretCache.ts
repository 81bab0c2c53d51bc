import { LRUCache } from "lru-cache";

/** Webhooks arrive by the hundred a second. A rotated secret is in use after this long, ms. */
const cacheMs = 10_000;
/** A tenant has a few secrets a webhook endpoint. */
const maxSecrets = 1_000;

/** Secrets by name. Concurrent callers share one read; a failed read is not cached. */
export function createSecretCache(get: (name: string) => Promise<string>, now: () => number): (name: string) => Promise<string> {
  const cache = new LRUCache<string, string>({
    max: maxSecrets,
    ttl: cacheMs,
    ttlResolution: 0,
    perf: { now },
    fetchMethod: get,
  });
  return (name) => cache.forceFetch(name);
}
