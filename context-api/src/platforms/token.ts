import { singleFlight } from "../resilience/singleFlight.ts";

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
  let current: AccessToken | null = null;
  const once = singleFlight<AccessToken>();
  return {
    async get() {
      if (current && (current.expiresAt === null || current.expiresAt - renewBeforeMs > now())) return current.value;
      current = await once("token", fetchToken);
      return current.value;
    },
    refused(used) {
      if (current?.value === used) current = null;
    },
  };
}
