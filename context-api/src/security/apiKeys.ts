import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Statement } from "../store/statement.ts";
import type { TenantStore } from "../store/store.ts";
import type { RoleName } from "./roles.ts";

/** An API key taken apart: `slk_{tenant}_{id}_{secret}`. The prefix lets secret scanners find a leaked one. */
export interface PresentedKey {
  tenant: string;
  keyId: string;
  secret: string;
}

const form = /^slk_([a-z][a-z0-9-]{0,39})_([0-9a-f]{12})_([A-Za-z0-9]{43})$/;

export function readKey(token: string): PresentedKey | null {
  const [, tenant, keyId, secret] = form.exec(token) ?? [];
  return tenant && keyId && secret ? { tenant, keyId, secret } : null;
}

export interface NewKey {
  token: string;
  keyId: string;
  statement: Statement;
}

/** Makes a key. The token is shown once; the store holds its hash. */
export function newApiKey(store: TenantStore, role: RoleName, label: string, now: number): NewKey {
  const keyId = randomBytes(6).toString("hex");
  const secret = alphanumeric(43);
  const row = {
    tenant: store.tenant,
    key_id: keyId,
    secret_hash: hashed(secret),
    role,
    label,
    created_at: now,
    expires_at: null,
  };
  const { sql, parameters } = store.statements
    .insertInto("api_keys")
    .values({ ...row, revoked_at: null })
    .compile();
  return { token: `slk_${store.tenant}_${keyId}_${secret}`, keyId, statement: { sql, parameters } };
}

export interface VerifiedKey {
  tenant: string;
  keyId: string;
  role: RoleName;
  expiresAt: number | null;
}

/** Null for a key that is unknown, wrong, expired or revoked. */
export async function verifyKey(store: TenantStore, key: PresentedKey, now: number): Promise<VerifiedKey | null> {
  const row = await store.from("api_keys").selectAll().where("key_id", "=", key.keyId).executeTakeFirst();
  // The secret has 256 bits of chance: a fast hash is as good as a slow one.
  const expected = Buffer.from(row?.secret_hash ?? hashed("nobody"));
  const same = timingSafeEqual(Buffer.from(hashed(key.secret)), expected);
  if (!row || !same || row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return null;
  return { tenant: row.tenant, keyId: row.key_id, role: row.role as RoleName, expiresAt: row.expires_at };
}

/** A key as it may be shown. Instants are epoch ms. */
export interface ListedKey {
  keyId: string;
  role: string;
  label: string;
  createdAt: number;
  revokedAt: number | null;
}

export async function listApiKeys(store: TenantStore): Promise<ListedKey[]> {
  const rows = await store.from("api_keys").selectAll().orderBy("created_at").orderBy("key_id").execute();
  return rows.map((r) => ({
    keyId: r.key_id,
    role: r.role,
    label: r.label,
    createdAt: r.created_at,
    revokedAt: r.revoked_at,
  }));
}

export function revokeApiKey(store: TenantStore, keyId: string, now: number): Statement {
  const { sql, parameters } = store.statements
    .updateTable("api_keys")
    .set({ revoked_at: now })
    .where("tenant", "=", store.tenant)
    .where("key_id", "=", keyId)
    .compile();
  return { sql, parameters };
}

const hashed = (secret: string): string => createHash("sha256").update(secret).digest("hex");

function alphanumeric(length: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let out = "";
  while (out.length < length) {
    // 248 is the largest multiple of 62 within a byte: no letter is likelier than another.
    for (const byte of randomBytes(length)) if (byte < 248 && out.length < length) out += letters[byte % 62];
  }
  return out;
}

/** Whether a key may still be used, for what was made with it. */
export async function isKeyInUse(store: TenantStore, keyId: string, now: number): Promise<boolean> {
  const row = await store.from("api_keys").select(["expires_at", "revoked_at"]).where("key_id", "=", keyId).executeTakeFirst();
  return row !== undefined && row.revoked_at === null && (row.expires_at === null || row.expires_at > now);
}
