import { findPin } from "../../store/tables/configPins.ts";
import { listVersions } from "../../store/tables/configVersions.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import type { CommandContext } from "../environment.ts";
import { type ConfigOptions, loadFiles, selectedTenants } from "./files.ts";
import { withStore } from "./store.ts";

const maxVersions = 20;

/** `sidelight config versions`: the versions that were active, newest first. */
export async function versions(options: ConfigOptions, context: CommandContext): Promise<number> {
  const names = options.tenant === undefined ? selectedTenants(await loadFiles(options, context), options) : [options.tenant];
  const text = await withStore(context.env, async ({ forTenant }) => {
    const lists = await Promise.all(names.map((name) => list(forTenant(name))));
    return lists.join("");
  });
  process.stdout.write(text);
  return 0;
}

async function list(store: TenantStore): Promise<string> {
  const [rows, pin] = [await listVersions(store, { limit: maxVersions }), await findPin(store)];
  if (rows.length === 0) return `${store.tenant}  no version was active yet\n`;
  const line = (row: (typeof rows)[number]) => {
    const note = row.version === pin?.version ? "  rolled back to" : "";
    return `${store.tenant}  ${row.version}  ${new Date(row.since).toISOString()}  ${row.origin}${note}\n`;
  };
  return rows.map(line).join("");
}
