import { singleFlight } from "./singleFlight.ts";

export interface AccessToken {
  value: string;
  /** Epoch ms; null when the platform does not report it. */
  expiresAt: number | null;
}

export interface TokenSource {
  get(): Promise<string>;
  /** Drops `token` after the platform refused it. A newer token that was fetched since then is kept. */
  invalidate(token: string): void;
}

const renewBeforeMs = 30_000;

/** Fetches an access token when there is none or it expires soon. Concurrent callers share one request. */
export function createTokenSource(fetchToken: () => Promise<AccessToken>, now: () => number): TokenSource {
  let current: (AccessToken & { since: number }) | null = null;
  // When the platform does not report a lifetime, the first expiry teaches it to us: a refused call costs more than a new token.
  let lifetimeMs = Number.POSITIVE_INFINITY;
  const fetchOnce = singleFlight<AccessToken & { since: number }>();
  const isValid = ({ expiresAt, since }: AccessToken & { since: number }): boolean =>
    now() < (expiresAt === null ? since + lifetimeMs * 0.9 : expiresAt - renewBeforeMs);

  return {
    async get() {
      if (current && isValid(current)) return current.value;
      current = await fetchOnce("token", async () => {
        const since = now();
        return { ...(await fetchToken()), since };
      });
      return current.value;
    },
    invalidate(token) {
      if (current?.value !== token) return;
      const age = now() - current.since;
      // A new token that is refused was revoked: that is no evidence of the lifetime.
      if (current.expiresAt === null && age > minLifetimeMs) lifetimeMs = Math.min(lifetimeMs, age);
      current = null;
    },
  };
}

const minLifetimeMs = 5 * 60_000;
