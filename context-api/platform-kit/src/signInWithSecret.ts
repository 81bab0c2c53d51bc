import { PlatformError } from "./errors.ts";
import type { ConnectionTools } from "./platform.ts";

/** After this many refusals in a row a secret is tried once per `pauseMs`, so that an invalid one does not use up the quota. */
const maxAttempts = 3;
const pauseMs = 5 * 60_000;

interface Refusal {
  value: string;
  count: number;
  /** By the monotonic clock. */
  at: number;
  error: PlatformError;
}

/**
 * Signs in with one secret of a connection. A refused secret may have been rotated, so its newest value is read from the provider
 * and tried at once when it differs. A rotation therefore causes no outage.
 */
export function withSecret(
  { secret, monotonic }: Pick<ConnectionTools, "secret" | "monotonic">,
  name: string,
): <T>(signIn: (value: string) => Promise<T>) => Promise<T> {
  let lastRefusal: Refusal | null = null;

  const attempt = async <T>(value: string, signIn: (value: string) => Promise<T>): Promise<T> => {
    const previous = lastRefusal?.value === value ? lastRefusal : null;
    if (previous && previous.count >= maxAttempts && monotonic() - previous.at < pauseMs) throw previous.error;
    try {
      const signedIn = await signIn(value);
      lastRefusal = null;
      return signedIn;
    } catch (error) {
      if (isRefusal(error)) lastRefusal = { value, count: (previous?.count ?? 0) + 1, at: monotonic(), error };
      throw error;
    }
  };

  return async (signIn) => {
    const value = await secret(name);
    try {
      return await attempt(value, signIn);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const newest = await secret(name, { fresh: true });
      if (newest === value) throw error;
      return await attempt(newest, signIn);
    }
  };
}

const isRefusal = (error: unknown): error is PlatformError =>
  error instanceof PlatformError && error.code === "invalid_credentials";
