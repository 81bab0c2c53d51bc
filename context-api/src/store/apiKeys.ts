import { isSecret, newKeyToken, type PresentedKey } from "../security/apiKeys.ts";
import type { RoleName } from "../security/roles.ts";
import type { ApiKeysTable } from "./schema.ts";
import type { Statement } from "./statement.ts";
import { findApiKeyRow, insertApiKey, listApiKeyRows } from "./tables/apiKeys.ts";
import type { TenantStore } from "./tenantStore.ts";

// API keys in the store. Instants are epoch ms.

export interface NewKey {
  /** Shown once: the store holds only its hash. */
  token: string;
  keyId: string;
  statement: Statement;
}

/** Creates a key. It is valid once the statement is committed. */
export function newApiKey(store: TenantStore, role: RoleName, label: string, now: number): NewKey {
  const { token, keyId, secretHash } = newKeyToken(store.tenant);
  const times = { created_at: now, expires_at: null, revoked_at: null };
  return { token, keyId, statement: insertApiKey(store, { key_id: keyId, secret_hash: secretHash, role, label, ...times }) };
}

export interface VerifiedKey {
  tenant: string;
  keyId: string;
  role: RoleName;
  /** Null for a key that does not expire. */
  expiresAt: number | null;
}

/** Null for a key that is unknown, wrong, expired or revoked. */
export async function verifyKey(store: TenantStore, key: PresentedKey, now: number): Promise<VerifiedKey | null> {
  const row = await findApiKeyRow(store, key.keyId);
  if (!isSecret(key.secret, row?.secret_hash ?? null) || !row || !isActive(row, now)) return null;
  return verifiedKey(row);
}

const verifiedKey = (row: ApiKeysTable): VerifiedKey => ({
  tenant: row.tenant,
  keyId: row.key_id,
  role: row.role as RoleName,
  expiresAt: row.expires_at,
});

const isActive = ({ revoked_at, expires_at }: Pick<ApiKeysTable, "revoked_at" | "expires_at">, now: number): boolean =>
  revoked_at === null && (expires_at === null || expires_at > now);

/** A key without its secret. */
export interface ListedKey {
  keyId: string;
  role: string;
  label: string;
  createdAt: number;
  revokedAt: number | null;
}

/** Oldest first. */
export async function listApiKeys(store: TenantStore): Promise<ListedKey[]> {
  const rows = await listApiKeyRows(store);
  return rows.map((r) => ({
    keyId: r.key_id,
    role: r.role,
    label: r.label,
    createdAt: r.created_at,
    revokedAt: r.revoked_at,
  }));
}

/** True if a key is neither revoked nor expired. Sessions that were made with it are valid only then. */
export const isKeyActive = async (store: TenantStore, keyId: string, now: number): Promise<boolean> =>
  (await findActiveKey(store, keyId, now)) !== null;

/** Null for a key that is unknown, revoked or expired. */
export async function findActiveKey(store: TenantStore, keyId: string, now: number): Promise<VerifiedKey | null> {
  const row = await findApiKeyRow(store, keyId);
  return row && isActive(row, now) ? verifiedKey(row) : null;
}

/** True for a statement that creates, changes or revokes a key. */
export const changesApiKeys = ({ sql }: Pick<Statement, "sql">): boolean => sql.includes('"api_keys"');
