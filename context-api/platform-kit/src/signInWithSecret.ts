import { PlatformError } from "./errors.ts";
import type { ConnectionTools } from "./platform.ts";

/** A secret that was refused so often in a row is tried once in `pauseMs`: a dead one must not eat the request budget. */
const tries = 3;
const pauseMs = 5 * 60_000;

interface Refused {
  value: string;
  times: number;
  /** Epoch ms. */
  at: number;
  error: PlatformError;
}

/**
 * Signing in by one secret of a connection. A secret that is refused may have been rotated: it is asked for anew, and where there
 * is another, that is tried at once, so that a rotation is no outage.
 */
export function withSecret(
  { secret, now }: Pick<ConnectionTools, "secret" | "now">,
  name: string,
): <T>(signIn: (value: string) => Promise<T>) => Promise<T> {
  let refused: Refused | null = null;

  const attempt = async <T>(value: string, signIn: (value: string) => Promise<T>): Promise<T> => {
    const before = refused?.value === value ? refused : null;
    if (before && before.times >= tries && now() - before.at < pauseMs) throw before.error;
    try {
      const signedIn = await signIn(value);
      refused = null;
      return signedIn;
    } catch (error) {
      if (isRefusal(error)) refused = { value, times: (before?.times ?? 0) + 1, at: now(), error };
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
