import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import { SecretError, type SecretProvider } from "./provider.ts";

/** A value is used so long without asking again: tokens are renewed more often than secrets change. */
const keepMs = 5 * 60_000;
/** A store of secrets that fails doesn't take the connections with it: what was known is good for so long. */
const bridgeMs = 60 * 60_000;
/** Between two questions for one secret, even where a platform refuses every sign-in or the store is down. */
const pauseMs = 10_000;
/** The longest that one answer is waited for. */
const patienceMs = 10_000;

interface Held {
  value: string;
  /** When it was told, and when a question for it was last answered or failed: epoch ms. */
  toldAt: number;
  askedAt: number;
}

/** Keeps what a store of secrets told, in memory only, so that it is neither hammered nor needed at every moment. */
export function kept(tell: (name: string) => Promise<string>, now: () => number): SecretProvider {
  const known = new Map<string, Held>();
  const once = singleFlight<string>();

  const ask = async (name: string): Promise<string> => {
    try {
      const value = await inTime(name, tell(name));
      known.set(name, { value, toldAt: now(), askedAt: now() });
      return value;
    } catch (error) {
      // Only now, and not before: whoever comes while the answer is under way waits for it.
      const held = known.get(name);
      if (held) held.askedAt = now();
      throw error;
    }
  };

  return {
    async get(name, { fresh = false } = {}) {
      const held = known.get(name);
      const isKnown = held !== undefined && now() - held.toldAt < bridgeMs;
      if (isKnown && now() - held.askedAt < pauseMs) return held.value;
      if (isKnown && !fresh && now() - held.toldAt < keepMs) return held.value;
      try {
        return await once(name, () => ask(name));
      } catch (error) {
        // A secret that was taken away, or that we may no longer read, is gone at once.
        const isOutage = error instanceof SecretError && error.isOutage;
        if (!isOutage) known.delete(name);
        if (isOutage && isKnown) return held.value;
        throw error;
      }
    },
  };
}

async function inTime(name: string, answer: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new SecretError(`the secret ${name} is not to be had: no answer in time`, { isOutage: true })),
      patienceMs,
    );
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
