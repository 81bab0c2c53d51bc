import { readPin } from "../../config/pins.ts";
import { listVersions } from "../../config/versions.ts";
import type { TenantStore } from "../../store/store.ts";
import { type ConfigArguments, loadFiles, tenantsOf } from "./files.ts";
import { withStore } from "./store.ts";

const most = 20;

/** `sidelight config versions`: what was in use, newest first. */
export async function versions(given: ConfigArguments): Promise<string> {
  const names = given.tenant === null ? tenantsOf(await loadFiles(given), given) : [given.tenant];
  return await withStore(given.env, async ({ forTenant }) => {
    const lists = await Promise.all(names.map((name) => list(forTenant(name))));
    return lists.join("");
  });
}

async function list(store: TenantStore): Promise<string> {
  const [rows, pin] = [await listVersions(store, { limit: most }), await readPin(store)];
  if (rows.length === 0) return `${store.tenant}  nothing was put to use yet\n`;
  const line = (row: (typeof rows)[number]) => {
    const note = row.version === pin?.version ? "  rolled back to" : "";
    return `${store.tenant}  ${row.version}  ${new Date(row.since).toISOString()}  ${row.origin}${note}\n`;
  };
  return rows.map(line).join("");
}
