import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { TenantKeys } from "./keyring.ts";
import type { RoleName } from "./roles.ts";

// The short-lived token of a panel. A browser may hold it, unlike an API key: it expires after ten minutes. It opens one customer, or
// what one person may read at one place. It is stored nowhere; a panel that lost it requests another.

export const sessionMs = 10 * 60_000;
/** Renewals end this long after the person signed in. */
export const maxSignInMs = 12 * 60 * 60_000;

interface SessionTimes {
  tenant: string;
  /** Epoch ms. */
  expiresAt: number;
}

/** Of a panel without a person: it has the role of an API key. */
export interface KeySession extends SessionTimes {
  /** The API key that created it. The session ends when that key is revoked. */
  keyId: string;
  role: RoleName;
  /** The only ref that it gives access to. */
  ref: string;
}

/** Of a person who signed in at a panel. Their rights follow the configuration at each request. */
export interface PersonSession extends SessionTimes {
  /** The person's own record: `zendesk.user:7`. */
  person: string;
  name: string | null;
  /** The connection whose platform signed. */
  connection: string;
  /** The name of the installation that was opened, or of the account that signed: the session ends when it is replaced. */
  installation: string;
  /** The place of the panel, in the platform's words. */
  place: string;
  /** The only ref that it gives access to; null when the place decides. */
  ref: string | null;
  /** Null for a platform without permission sets. */
  permissionSets: readonly string[] | null;
  /** Epoch ms. */
  signedInAt: number;
}

export type PanelSession = KeySession | PersonSession;

const tokenPattern = /^slp_([a-z][a-z0-9-]{0,39})\.([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/;
const KeyClaims = z.object({ k: z.string(), r: z.enum(["admin", "service", "agent", "rep"]), ref: z.string(), exp: z.number() });
const PersonClaims = z.object({
  p: z.string(),
  n: z.string().nullable(),
  c: z.string(),
  i: z.string(),
  pl: z.string(),
  ref: z.string().nullable(),
  ps: z.array(z.string()).nullable(),
  s: z.number(),
  exp: z.number(),
});
const Claims = z.union([PersonClaims, KeyClaims]);

/** The tenant that a token names, before it is verified; null when it is not a session. */
export const sessionTenant = (token: string): string | null => tokenPattern.exec(token)?.[1] ?? null;

export async function newSession(
  keys: TenantKeys,
  session: Omit<KeySession, "tenant"> | Omit<PersonSession, "tenant">,
): Promise<string> {
  const jwt = await new SignJWT(claimsOf(session))
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(Math.floor(session.expiresAt / 1000))
    .sign(signingKey(keys));
  return `slp_${keys.tenant}.${jwt}`;
}

function claimsOf(session: Omit<KeySession, "tenant"> | Omit<PersonSession, "tenant">): Record<string, unknown> {
  if ("keyId" in session) return { k: session.keyId, r: session.role, ref: session.ref };
  const { person, name, connection, installation, place, ref, permissionSets, signedInAt } = session;
  return {
    p: person,
    n: name,
    c: connection,
    i: installation,
    pl: place,
    ref,
    ps: permissionSets,
    s: Math.floor(signedInAt / 1000),
  };
}

/** Null for a token that is forged, changed or expired. */
export async function readSession(keys: TenantKeys, token: string, now: number): Promise<PanelSession | null> {
  const jwt = tokenPattern.exec(token)?.[2];
  if (!jwt) return null;
  try {
    const { payload } = await jwtVerify(jwt, signingKey(keys), { algorithms: ["HS256"], currentDate: new Date(now) });
    const claims = Claims.parse(payload);
    const times = { tenant: keys.tenant, expiresAt: claims.exp * 1000 };
    if ("k" in claims) return { ...times, keyId: claims.k, role: claims.r, ref: claims.ref };
    const { p, n, c, i, pl, ref, ps, s } = claims;
    const place = { connection: c, installation: i, place: pl, ref };
    return { ...times, ...place, person: p, name: n, permissionSets: ps, signedInAt: s * 1000 };
  } catch {
    return null;
  }
}

/** A key of the tenant for this purpose only. */
function signingKey({ indexKey }: TenantKeys): KeyObject {
  return createSecretKey(createHmac("sha256", indexKey).update("panel sessions").digest());
}
