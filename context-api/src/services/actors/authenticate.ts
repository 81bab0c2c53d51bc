import type { Clock } from "@sidelight/model/clock.ts";
import { LRUCache } from "lru-cache";
import { readKey } from "../../security/apiKeys.ts";
import { rightsOf } from "../../security/roles.ts";
import { readSession, sessionTenant } from "../../security/sessions.ts";
import { isKeyActive, verifyKey } from "../../store/apiKeys.ts";
import { storeFaultOf } from "../../store/faults.ts";
import type { Actor } from "../actor.ts";
import { ProblemError } from "../problemError.ts";
import type { ServedTenant } from "../servedTenant.ts";

/** A verified key is checked again after this time, so that a revocation by another process takes effect. */
const cacheMs = 1_000;
/** While the store cannot be read, a key that was verified before is valid for this long. Answers from memory go on. */
const outageMs = 15 * 60_000;

export interface Authenticated {
  actor: Actor;
  served: ServedTenant;
}

export interface AuthenticateDeps {
  tenants: ReadonlyMap<string, ServedTenant>;
  clock: Pick<Clock, "now" | "monotonic">;
}

/** @param authorization the request's header */
export type Authenticate = (authorization: string | undefined) => Promise<Authenticated>;

/**
 * Turns a bearer token into an actor. API keys are cached: a look-up and a hash for each request cost more than an answer.
 * @throws {ProblemError} unauthenticated
 */
export function createAuthenticate({ tenants, clock }: AuthenticateDeps): Authenticate {
  const cache = new LRUCache<string, Authenticated & { verifiedAt: number; isSession: boolean }>({ max: 10_000 });

  return async (authorization) => {
    try {
      return await authenticate(authorization);
    } catch (error) {
      const entry = authorization === undefined ? undefined : cache.get(authorization);
      const isRecent = entry && clock.monotonic() - entry.verifiedAt < outageMs && isUnexpired(entry, clock.now());
      if (!entry || !isRecent || storeFaultOf(error) === null || tenants.get(entry.actor.tenant) !== entry.served) throw error;
      return entry;
    }
  };

  async function authenticate(authorization: string | undefined): Promise<Authenticated> {
    if (authorization === undefined)
      throw unauthenticatedError("The request has no credentials. Send an API key as a bearer token.");
    const now = clock.now();
    const entry = cache.get(authorization);
    // A new configuration can change the rights.
    const isCurrent = entry && !entry.isSession && clock.monotonic() - entry.verifiedAt < cacheMs && isUnexpired(entry, now);
    if (entry && isCurrent && tenants.get(entry.actor.tenant) === entry.served) return entry;
    const token = /^Bearer +([\x21-\x7e]{1,400})$/i.exec(authorization)?.[1];
    const tenantOfSession = token ? sessionTenant(token) : null;
    if (token && tenantOfSession)
      return remember(authorization, await authenticateSession(token, tenants.get(tenantOfSession), now), true);
    const presentedKey = token ? readKey(token) : null;
    const servedTenant = presentedKey ? tenants.get(presentedKey.tenant) : undefined;
    const verified = presentedKey && servedTenant ? await verifyKey(servedTenant.tenant.log.store, presentedKey, now) : null;
    // The same answer for every cause: it must not reveal which tenants or keys exist.
    if (!verified || !servedTenant) throw invalidToken();
    const { tenant, role, keyId, expiresAt } = verified;
    const rights = rightsOf(role, servedTenant.tenant.config.roles);
    const actor: Actor = { tenant, role, rights, keyId, expiresAt, sessionRef: null };
    return remember(authorization, { actor, served: servedTenant }, false);
  }

  function remember(authorization: string, authenticated: Authenticated, isSession: boolean): Authenticated {
    cache.set(authorization, { ...authenticated, verifiedAt: clock.monotonic(), isSession });
    return authenticated;
  }
}

const isUnexpired = ({ actor }: Authenticated, now: number): boolean => actor.expiresAt === null || actor.expiresAt > now;

/** A panel session is valid by its signature, as long as its API key is. */
async function authenticateSession(token: string, servedTenant: ServedTenant | undefined, now: number): Promise<Authenticated> {
  const session = servedTenant ? await readSession(servedTenant.tenant.log.keys, token, now) : null;
  if (!session || !servedTenant || !(await isKeyActive(servedTenant.tenant.log.store, session.keyId, now))) throw invalidToken();
  const { tenant, role, keyId, ref, expiresAt } = session;
  const rights = rightsOf(role, servedTenant.tenant.config.roles);
  return { actor: { tenant, role, rights, keyId, expiresAt, sessionRef: ref }, served: servedTenant };
}

const unauthenticatedError = (detail: string) => new ProblemError("unauthenticated", detail, { stage: "authenticate" });
const invalidToken = () => unauthenticatedError("The API key or session is unknown, expired or revoked. Use another one.");
