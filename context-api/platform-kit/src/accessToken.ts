import { singleFlight } from "./singleFlight.ts";

export interface AccessToken {
  value: string;
  /** By the monotonic clock; null when the platform does not report it. */
  expiresAt: number | null;
}

export interface TokenSource {
  get(): Promise<string>;
  /** Drops `token` after the platform refused it. A newer token that was fetched since then is kept. */
  invalidate(token: string): void;
}

const renewBeforeMs = 30_000;
/** A token that expires sooner than {@link renewBeforeMs} must not cause a sign-in for every call. */
const renewBeforeShare = 0.1;

/**
 * Fetches an access token when there is none or it expires soon. Concurrent callers share one request.
 * @param now the monotonic clock: a step of the system's time neither prolongs a token nor renews it with every call
 */
export function createTokenSource(fetchToken: () => Promise<AccessToken>, now: () => number): TokenSource {
  let current: (AccessToken & { since: number }) | null = null;
  // When the platform does not report a lifetime, the first expiry teaches it to us: a refused call costs more than a new token.
  let lifetimeMs = Number.POSITIVE_INFINITY;
  const fetchOnce = singleFlight<AccessToken & { since: number }>();
  const isValid = ({ expiresAt, since }: AccessToken & { since: number }): boolean =>
    now() <
    (expiresAt === null ? since + lifetimeMs * 0.9 : expiresAt - Math.min(renewBeforeMs, (expiresAt - since) * renewBeforeShare));

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
