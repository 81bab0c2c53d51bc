import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import { SecretError, type SecretProvider } from "./provider.ts";

/** How long a value is used without a new request: access tokens are renewed more often than secrets change. */
const freshMs = 5 * 60_000;
/** How long the last value is used while the secret store fails, so that connections survive its outage. */
const outageMs = 60 * 60_000;
/** Minimum time between two requests for one secret, also when a platform refuses every sign-in or the secret store is down. */
const minIntervalMs = 10_000;
/** Timeout of one request. */
const timeoutMs = 10_000;

interface CachedSecret {
  value: string;
  /** Time of the value, ms by a clock that never steps. */
  fetchedAt: number;
  /** Time of the last request that succeeded or failed. */
  requestedAt: number;
}

/**
 * Caches the values of a secret store in memory, so that it is not called too often and may fail for a while. It is not lru-cache's
 * `fetchMethod`: that has no minimum interval between two reads after a failure, and cannot tell an outage from a denial.
 */
export function cachedSecrets(fetchSecret: (name: string) => Promise<string>, now: () => number): SecretProvider {
  const cache = new Map<string, CachedSecret>();
  const shareFlight = singleFlight<string>();

  const request = async (name: string): Promise<string> => {
    try {
      const value = await withTimeout(name, fetchSecret(name));
      cache.set(name, { value, fetchedAt: now(), requestedAt: now() });
      return value;
    } catch (error) {
      // Set after the request, so that callers during the request wait for its result.
      const cachedSecret = cache.get(name);
      if (cachedSecret) cachedSecret.requestedAt = now();
      throw error;
    }
  };

  return {
    async get(name, { fresh = false } = {}) {
      const cachedSecret = cache.get(name);
      const isUsable = cachedSecret !== undefined && now() - cachedSecret.fetchedAt < outageMs;
      if (isUsable && now() - cachedSecret.requestedAt < minIntervalMs) return cachedSecret.value;
      if (isUsable && !fresh && now() - cachedSecret.fetchedAt < freshMs) return cachedSecret.value;
      try {
        return await shareFlight(name, () => request(name));
      } catch (error) {
        // A secret that was deleted or denied is unavailable at once.
        const isOutage = error instanceof SecretError && error.isOutage;
        if (!isOutage) cache.delete(name);
        if (isOutage && isUsable) return cachedSecret.value;
        throw error;
      }
    },
  };
}

async function withTimeout(name: string, answer: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new SecretError(`the secret ${name} is not available: no answer in time`, { isOutage: true })),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
