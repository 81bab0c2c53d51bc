import type { KeyObject } from "node:crypto";
import type { Kysely } from "kysely";
import { openTenantKeys, rewrapTenantKeys, type TenantKeys, unwrapDataKey, wrapDataKey } from "../../security/keyring.ts";
import { newKey } from "../../security/seal.ts";
import type { Database } from "../../store/schema.ts";

const batch = 2_000;

/** Gives a tenant a new key and wraps the keys of all its subjects anew, inside the caller's transaction. What they seal stays as it is. */
export async function rotateTenant(db: Kysely<Database>, master: KeyObject, keys: TenantKeys): Promise<number> {
  const next: TenantKeys = { ...keys, key: newKey() };
  await db.updateTable("tenants").set(rewrapTenantKeys(master, next)).where("tenant", "=", keys.tenant).execute();
  let count = 0;
  for (let last = ""; ; ) {
    const rows = await db
      .selectFrom("subject_keys")
      .select(["subject", "wrapped_key"])
      .where("tenant", "=", keys.tenant)
      .where("subject", ">", last)
      .orderBy("subject")
      .limit(batch)
      .execute();
    if (rows.length === 0) return count;
    for (const { subject, wrapped_key } of rows) {
      const rewrapped = wrapDataKey(next, subject, unwrapDataKey(keys, subject, wrapped_key));
      await db
        .updateTable("subject_keys")
        .set({ wrapped_key: rewrapped })
        .where("tenant", "=", keys.tenant)
        .where("subject", "=", subject)
        .execute();
    }
    count += rows.length;
    last = rows.at(-1)!.subject;
  }
}

/** Wraps the keys of every tenant under another master key, inside the caller's transaction. */
export async function rotateMaster(db: Kysely<Database>, from: KeyObject, to: KeyObject): Promise<number> {
  const tenants = await db.selectFrom("tenants").selectAll().execute();
  for (const { tenant, ...wrapped } of tenants) {
    const rewrapped = rewrapTenantKeys(to, openTenantKeys(from, tenant, wrapped));
    await db.updateTable("tenants").set(rewrapped).where("tenant", "=", tenant).execute();
  }
  return tenants.length;
}
