import type { Clock } from "@sidelight/model/clock.ts";
import { LRUCache } from "lru-cache";
import { credentialsDependency } from "../../log/log.ts";
import { readKey } from "../../security/apiKeys.ts";
import { consoleSessionId, isConsoleSessionValid, tenantOfConsoleToken } from "../../security/consoleSessions.ts";
import { type Rights, type RoleName, rightsOf, withoutPerson } from "../../security/roles.ts";
import { readSession, sessionTenant } from "../../security/sessions.ts";
import { findActiveKey, isKeyActive, type VerifiedKey, verifyKey } from "../../store/apiKeys.ts";
import { storeFaultOf } from "../../store/faults.ts";
import { findConsoleSession } from "../../store/tables/consoleSessions.ts";
import type { Actor } from "../actor.ts";
import { ProblemError } from "../problemError.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { personActor } from "./personActor.ts";

/**
 * A verified key or session is checked again after this time, so that a revocation by another process takes effect. One by this process
 * takes effect at once.
 */
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

export interface Authenticate {
  /** @param authorization the request's header @throws {ProblemError} unauthenticated */
  (authorization: string | undefined): Promise<Authenticated>;
  /** The caller with a header that was verified a short time ago, if nothing has changed since; null otherwise. */
  remembered(authorization: string): Authenticated | null;
  /** The operator with this token of a console session. @throws {ProblemError} unauthenticated */
  console(token: string): Promise<Authenticated>;
}

interface RememberedCaller extends Authenticated {
  /** By the monotonic clock. */
  verifiedAt: number;
  /** Of the log, before the verification. */
  generation: number;
}

/**
 * Turns a bearer token into an actor. Callers are remembered: a look-up and a hash for each request cost more than an answer.
 */
export function createAuthenticate({ tenants, clock }: AuthenticateDeps): Authenticate {
  const callers = new LRUCache<string, RememberedCaller>({ max: 10_000 });
  // Apart, so that no header can name a session.
  const operators = new LRUCache<string, RememberedCaller>({ max: 1_000 });
  return Object.assign(authenticateOrRemember, { remembered, console: authenticateOperator });

  async function authenticateOrRemember(authorization: string | undefined): Promise<Authenticated> {
    try {
      return await authenticate(authorization);
    } catch (error) {
      const caller = authorization === undefined ? undefined : callers.get(authorization);
      if (caller && storeFaultOf(error) !== null && isValid(caller, outageMs)) return caller;
      callers.delete(authorization ?? "");
      throw error;
    }
  }

  function remembered(authorization: string): Authenticated | null {
    return current(callers.get(authorization));
  }

  function current(caller: RememberedCaller | undefined): Authenticated | null {
    if (!caller || !isValid(caller, cacheMs)) return null;
    return caller.served.tenant.log.invalidatedAt(credentialsDependency) > caller.generation ? null : caller;
  }

  async function authenticateOperator(token: string): Promise<Authenticated> {
    const id = consoleSessionId(token);
    const rememberedOperator = current(operators.get(id));
    if (rememberedOperator) return rememberedOperator;
    operators.delete(id);
    const servedTenant = tenants.get(tenantOfConsoleToken(token) ?? "");
    if (!servedTenant) throw endedSession();
    const now = clock.now();
    const generation = servedTenant.tenant.log.generation();
    const { store } = servedTenant.tenant.log;
    const session = await findConsoleSession(store, id);
    const key = session && isConsoleSessionValid(session, now) ? await findActiveKey(store, session.key_id, now) : null;
    if (!session || !key) throw endedSession();
    const actor: Actor = {
      ...keyActor(servedTenant, key),
      expiresAt: Math.min(session.expires_at, key.expiresAt ?? Number.POSITIVE_INFINITY),
      consoleSession: { id, expiresAt: session.expires_at },
    };
    operators.set(id, { actor, served: servedTenant, verifiedAt: clock.monotonic(), generation });
    return { actor, served: servedTenant };
  }

  function isValid({ served, actor, verifiedAt }: RememberedCaller, maxAgeMs: number): boolean {
    if (clock.monotonic() - verifiedAt >= maxAgeMs || (actor.expiresAt !== null && actor.expiresAt <= clock.now())) return false;
    // A new configuration can change the rights.
    return tenants.get(actor.tenant) === served;
  }

  async function authenticate(authorization: string | undefined): Promise<Authenticated> {
    if (authorization === undefined)
      throw unauthenticatedError("The request has no credentials. Send an API key as a bearer token.");
    const caller = remembered(authorization);
    if (caller) return caller;
    const now = clock.now();
    const token = /^Bearer +([\x21-\x7e]{1,4000})$/i.exec(authorization)?.[1];
    const tenantOfSession = token ? sessionTenant(token) : null;
    const presentedKey = token ? readKey(token) : null;
    const servedTenant = tenants.get(tenantOfSession ?? presentedKey?.tenant ?? "");
    const generation = servedTenant?.tenant.log.generation() ?? 0;
    if (token && tenantOfSession) return remember(authorization, await authenticateSession(token, servedTenant, now), generation);
    const verified = presentedKey && servedTenant ? await verifyKey(servedTenant.tenant.log.store, presentedKey, now) : null;
    // The same answer for every cause: it must not reveal which tenants or keys exist.
    if (!verified || !servedTenant) throw invalidToken();
    return remember(authorization, { actor: keyActor(servedTenant, verified), served: servedTenant }, generation);
  }

  function remember(authorization: string, authenticated: Authenticated, generation: number): Authenticated {
    callers.set(authorization, { ...authenticated, verifiedAt: clock.monotonic(), generation });
    return authenticated;
  }
}

function keyActor(servedTenant: ServedTenant, { tenant, role, keyId, expiresAt }: VerifiedKey): Actor {
  return { tenant, role, rights: keyRights(servedTenant, role), keyId, expiresAt, sessionRef: null, person: null };
}

/** The rights of an API key, and of a panel without a person. */
const keyRights = ({ tenant }: ServedTenant, role: RoleName): Rights => withoutPerson(role, rightsOf(role, tenant.config.roles));

/** A panel session is valid by its signature, as long as its API key is, or the installation that its person signed in to. */
async function authenticateSession(token: string, servedTenant: ServedTenant | undefined, now: number): Promise<Authenticated> {
  const session = servedTenant ? await readSession(servedTenant.tenant.log.keys, token, now) : null;
  if (!session || !servedTenant) throw invalidToken();
  if ("person" in session) {
    const actor = personActor(servedTenant, session);
    if (!actor) throw invalidToken();
    return { actor, served: servedTenant };
  }
  if (!(await isKeyActive(servedTenant.tenant.log.store, session.keyId, now))) throw invalidToken();
  const { tenant, role, keyId, ref, expiresAt } = session;
  const rights = keyRights(servedTenant, role);
  return { actor: { tenant, role, rights, keyId, expiresAt, sessionRef: ref, person: null }, served: servedTenant };
}

const unauthenticatedError = (detail: string) => new ProblemError("unauthenticated", detail, { stage: "authenticate" });
const invalidToken = () => unauthenticatedError("The API key or session is unknown, expired or revoked. Use another one.");
const endedSession = () => unauthenticatedError("The console session has ended. Sign in again.");
