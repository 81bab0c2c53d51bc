import { LRUCache } from "lru-cache";
import { isKeyInUse, readKey, verifyKey } from "../security/apiKeys.ts";
import { rightsOf } from "../security/roles.ts";
import { readSession, sessionTenant } from "../security/sessions.ts";
import type { Actor, HttpDeps, ServedTenant } from "./deps.ts";
import { ProblemError } from "./problem.ts";

/** A verified key is asked for again after this long, so that a revocation elsewhere takes effect. */
const rememberMs = 30_000;

export type Authenticate = (header: string | undefined) => Promise<Actor>;

/** Bearer token → who asks. Remembered for a moment: a look-up and a hash for each request would be waste. */
export function createAuthenticate({ tenants, clock }: Pick<HttpDeps, "tenants" | "clock">): Authenticate {
  const remembered = new LRUCache<string, { actor: Actor; served: ServedTenant; until: number }>({ max: 10_000 });

  return async (header) => {
    if (header === undefined) throw new ProblemError("unauthenticated", "Send an API key as a bearer token.");
    const now = clock.now();
    const known = remembered.get(header);
    // Another configuration may give other rights.
    if (known && known.until > now && tenants.get(known.actor.tenant) === known.served) return known.actor;
    const token = /^Bearer ([\x21-\x7e]{1,400})$/i.exec(header)?.[1];
    const tenantOfSession = token ? sessionTenant(token) : null;
    if (token && tenantOfSession) return await session(token, tenants.get(tenantOfSession), now);
    const presented = token ? readKey(token) : null;
    const served = presented ? tenants.get(presented.tenant) : undefined;
    const verified = presented && served ? await verifyKey(served.tenant.log.store, presented, now) : null;
    // One answer for every way to be wrong: nobody learns which tenants or keys exist.
    if (!verified || !served) throw unknown();
    const rights = rightsOf(verified.role, served.tenant.config.roles);
    const actor: Actor = {
      tenant: verified.tenant,
      role: verified.role,
      rights,
      keyId: verified.keyId,
      until: verified.expiresAt,
      only: null,
    };
    remembered.set(header, { actor, served, until: Math.min(now + rememberMs, verified.expiresAt ?? Number.POSITIVE_INFINITY) });
    return actor;
  };
}

const unknown = () => new ProblemError("unauthenticated", "The API key is unknown, expired or revoked.");

/** A panel's session: proved by its signature, and alive as long as its key is. */
async function session(token: string, served: ServedTenant | undefined, now: number): Promise<Actor> {
  const read = served ? await readSession(served.tenant.log.keys, token, now) : null;
  if (!read || !served || !(await isKeyInUse(served.tenant.log.store, read.keyId, now))) throw unknown();
  const { tenant, role, keyId, ref, expiresAt } = read;
  return { tenant, role, rights: rightsOf(role, served.tenant.config.roles), keyId, until: expiresAt, only: ref };
}
