import type { KeyObject } from "node:crypto";
import { openTenantKeys, rewrapTenantKeys, type TenantKeys, unwrapDataKey, wrapDataKey } from "../../security/keyring.ts";
import { newKey } from "../../security/seal.ts";
import { listSubjectKeys, updateSubjectKey } from "../../store/tables/subjectKeys.ts";
import { updateWrappedKeys } from "../../store/tables/tenants.ts";
import type { WriterStore } from "../../store/writerStore.ts";

const pageSize = 2_000;

/**
 * Gives a tenant a new key and wraps the keys of all its subjects again, inside the caller's transaction. Sealed data stays as it is.
 * @returns how many subject keys were wrapped
 */
export async function rotateTenant({ forTenant, execute }: WriterStore, master: KeyObject, keys: TenantKeys): Promise<number> {
  const store = forTenant(keys.tenant);
  const nextKeys: TenantKeys = { ...keys, key: newKey() };
  await execute(updateWrappedKeys(store, rewrapTenantKeys(master, nextKeys)));
  let count = 0;
  let lastSubject = "";
  for (;;) {
    const page = await listSubjectKeys(store, lastSubject, pageSize);
    const lastRow = page.at(-1);
    if (!lastRow) return count;
    for (const { subject, wrapped_key } of page) {
      const dataKey = unwrapDataKey(keys, subject, wrapped_key);
      await execute(updateSubjectKey(store, { subject, wrapped_key: wrapDataKey(nextKeys, subject, dataKey) }));
    }
    count += page.length;
    lastSubject = lastRow.subject;
  }
}

/**
 * Wraps the keys of every tenant under another master key, inside the caller's transaction.
 * @returns how many tenants there are
 */
export async function rotateMaster(
  { forTenant, listTenants, execute }: WriterStore,
  from: KeyObject,
  to: KeyObject,
): Promise<number> {
  const tenants = await listTenants();
  for (const { tenant, ...wrappedKeys } of tenants)
    await execute(updateWrappedKeys(forTenant(tenant), rewrapTenantKeys(to, openTenantKeys(from, tenant, wrappedKeys))));
  return tenants.length;
}
