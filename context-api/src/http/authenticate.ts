import { LRUCache } from "lru-cache";
import { readKey, verifyKey } from "../security/apiKeys.ts";
import { rightsOf } from "../security/roles.ts";
import type { Actor, HttpDeps } from "./deps.ts";
import { ProblemError } from "./problem.ts";

/** A verified key is asked for again after this long, so that a revocation elsewhere takes effect. */
const rememberMs = 30_000;

export type Authenticate = (header: string | undefined) => Promise<Actor>;

/** Bearer token → who asks. Remembered for a moment: a look-up and a hash for each request would be waste. */
export function createAuthenticate({ tenants, clock }: Pick<HttpDeps, "tenants" | "clock">): Authenticate {
  const remembered = new LRUCache<string, { actor: Actor; until: number }>({ max: 10_000 });

  return async (header) => {
    if (header === undefined) throw new ProblemError("unauthenticated", "Send an API key as a bearer token.");
    const now = clock.now();
    const known = remembered.get(header);
    if (known && known.until > now) return known.actor;
    const token = /^Bearer ([\x21-\x7e]{1,400})$/i.exec(header)?.[1];
    const presented = token ? readKey(token) : null;
    const served = presented ? tenants.get(presented.tenant) : undefined;
    const verified = presented && served ? await verifyKey(served.tenant.log.store, presented, now) : null;
    // One answer for every way to be wrong: nobody learns which tenants or keys exist.
    if (!verified || !served) throw new ProblemError("unauthenticated", "The API key is unknown, expired or revoked.");
    const rights = rightsOf(verified.role, served.tenant.config.roles);
    const actor: Actor = {
      tenant: verified.tenant,
      role: verified.role,
      rights,
      keyId: verified.keyId,
      until: verified.expiresAt,
    };
    remembered.set(header, { actor, until: Math.min(now + rememberMs, verified.expiresAt ?? Number.POSITIVE_INFINITY) });
    return actor;
  };
}
