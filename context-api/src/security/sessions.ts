import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { TenantKeys } from "./keyring.ts";
import type { RoleName } from "./roles.ts";

// The short-lived token of a panel. A browser may hold it, unlike an API key: it opens one customer and expires after ten minutes.
// It is stored nowhere; a panel that lost it requests another.

export const sessionMs = 10 * 60_000;

export interface PanelSession {
  tenant: string;
  /** The API key that created it. The session ends when that key is revoked. */
  keyId: string;
  role: RoleName;
  /** The only ref that it gives access to. */
  ref: string;
  /** Epoch ms. */
  expiresAt: number;
}

const tokenPattern = /^slp_([a-z][a-z0-9-]{0,39})\.([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/;
const Claims = z.object({ k: z.string(), r: z.enum(["admin", "service", "agent", "rep"]), ref: z.string(), exp: z.number() });

/** The tenant that a token names, before it is verified; null when it is not a session. */
export const sessionTenant = (token: string): string | null => tokenPattern.exec(token)?.[1] ?? null;

export async function newSession(keys: TenantKeys, session: Omit<PanelSession, "tenant">): Promise<string> {
  const jwt = await new SignJWT({ k: session.keyId, r: session.role, ref: session.ref })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(Math.floor(session.expiresAt / 1000))
    .sign(signingKey(keys));
  return `slp_${keys.tenant}.${jwt}`;
}

/** Null for a token that is forged, changed or expired. */
export async function readSession(keys: TenantKeys, token: string, now: number): Promise<PanelSession | null> {
  const jwt = tokenPattern.exec(token)?.[2];
  if (!jwt) return null;
  try {
    const { payload } = await jwtVerify(jwt, signingKey(keys), { algorithms: ["HS256"], currentDate: new Date(now) });
    const { k, r, ref, exp } = Claims.parse(payload);
    return { tenant: keys.tenant, keyId: k, role: r, ref, expiresAt: exp * 1000 };
  } catch {
    return null;
  }
}

/** A key of the tenant for this purpose only. */
function signingKey({ indexKey }: TenantKeys): KeyObject {
  return createSecretKey(createHmac("sha256", indexKey).update("panel sessions").digest());
}
