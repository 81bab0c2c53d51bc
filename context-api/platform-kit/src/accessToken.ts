import { singleFlight } from "./singleFlight.ts";

export interface AccessToken {
  value: string;
  /** Epoch ms; null when the platform doesn't say. */
  expiresAt: number | null;
}

export interface TokenSource {
  get(): Promise<string>;
  /** Told that the platform refused `used`. A newer token, fetched by somebody else meanwhile, stays. */
  refused(used: string): void;
}

const renewBeforeMs = 30_000;

/** Fetches an access token when there is none or it is about to end: once, however many ask. */
export function createTokenSource(fetchToken: () => Promise<AccessToken>, now: () => number): TokenSource {
  let current: (AccessToken & { since: number }) | null = null;
  // Where the platform doesn't say how long a session lasts, its first end teaches us: a refused call costs more than a token.
  let lasts = Number.POSITIVE_INFINITY;
  const once = singleFlight<AccessToken & { since: number }>();
  const isGood = ({ expiresAt, since }: AccessToken & { since: number }): boolean =>
    now() < (expiresAt === null ? since + lasts * 0.9 : expiresAt - renewBeforeMs);

  return {
    async get() {
      if (current && isGood(current)) return current.value;
      current = await once("token", async () => {
        const since = now();
        return { ...(await fetchToken()), since };
      });
      return current.value;
    },
    refused(used) {
      if (current?.value !== used) return;
      const age = now() - current.since;
      // A token that is refused when it is new was withdrawn, which says nothing about the next.
      if (current.expiresAt === null && age > shortestMs) lasts = Math.min(lasts, age);
      current = null;
    },
  };
}

const shortestMs = 5 * 60_000;
