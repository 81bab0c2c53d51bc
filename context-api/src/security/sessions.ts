import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { TenantKeys } from "./keyring.ts";
import type { RoleName } from "./roles.ts";

// A panel's own short token: it may stand in a browser, where an API key may not. It opens one customer and nothing else, lasts
// ten minutes, and is kept nowhere: who can't show it again asks for another.

export const sessionMs = 10 * 60_000;

export interface PanelSession {
  tenant: string;
  /** The key that it was made with; when that is revoked, it ends. */
  keyId: string;
  role: RoleName;
  /** The only ref that it opens. */
  ref: string;
  /** Epoch ms. */
  expiresAt: number;
}

const form = /^slp_([a-z][a-z0-9-]{0,39})\.([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/;
const Claims = z.object({ k: z.string(), r: z.enum(["admin", "service", "agent", "rep"]), ref: z.string(), exp: z.number() });

/** Whose session a token says it is; nothing of it is proved yet. */
export const sessionTenant = (token: string): string | null => form.exec(token)?.[1] ?? null;

export async function newSession(keys: TenantKeys, session: Omit<PanelSession, "tenant">): Promise<string> {
  const jwt = await new SignJWT({ k: session.keyId, r: session.role, ref: session.ref })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(Math.floor(session.expiresAt / 1000))
    .sign(signingKey(keys));
  return `slp_${keys.tenant}.${jwt}`;
}

/** Null for every way to be wrong: not ours, changed, or over. */
export async function readSession(keys: TenantKeys, token: string, now: number): Promise<PanelSession | null> {
  const jwt = form.exec(token)?.[2];
  if (!jwt) return null;
  try {
    const { payload } = await jwtVerify(jwt, signingKey(keys), { algorithms: ["HS256"], currentDate: new Date(now) });
    const { k, r, ref, exp } = Claims.parse(payload);
    return { tenant: keys.tenant, keyId: k, role: r, ref, expiresAt: exp * 1000 };
  } catch {
    return null;
  }
}

/** Of the tenant's own, and for nothing else. */
function signingKey({ indexKey }: TenantKeys): KeyObject {
  return createSecretKey(createHmac("sha256", indexKey).update("panel sessions").digest());
}
