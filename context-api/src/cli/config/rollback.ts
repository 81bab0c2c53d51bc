import { ConfigError } from "../../config/issues.ts";
import { usableVersion } from "../../runtime/usableVersion.ts";
import { localOperator } from "../../services/actor.ts";
import { rollbackConfig } from "../../services/config/rollbackConfig.ts";
import type { RollbackTarget } from "../../services/config/rollbackTarget.ts";
import { findPin } from "../../store/tables/configPins.ts";
import { listVersions } from "../../store/tables/configVersions.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import { commandAudit } from "../commandAudit.ts";
import type { CommandContext } from "../environment.ts";
import { UsageError } from "../errors.ts";
import { type ConfigOptions, loadFiles, selectedTenants } from "./files.ts";
import { type OpenedStore, withStore } from "./store.ts";

/** `sidelight config rollback <version>`: a running `serve` applies it within seconds, one that is stopped applies it at its start. */
export async function rollback(version: string, options: ConfigOptions, context: CommandContext): Promise<number> {
  const tenant = options.tenant ?? (await onlyTenant(options, context));
  const { filesVersion } = await withStore(context.env, async (stores) => {
    const target = openTarget(stores, tenant, options, context);
    // The entry of a rollback contains nothing to seal.
    const audit = commandAudit(context.env, { store: target.store, key: (ref) => ref, dataKey: async () => null });
    return await rollbackConfig({ actor: localOperator(tenant), audit }, { target, version });
  });
  process.stdout.write(
    version === filesVersion
      ? `${tenant} uses ${version}, the version of the files.\n`
      : `${tenant} is rolled back to ${version} until the files change from ${filesVersion}.\n`,
  );
  return 0;
}

/** The configuration of a tenant in a store that this process does not serve. A running `serve` watches the store. */
function openTarget(
  { forTenant, write }: OpenedStore,
  tenant: string,
  options: ConfigOptions,
  context: CommandContext,
): RollbackTarget {
  const store = forTenant(tenant);
  return {
    store,
    now: Date.now,
    exclusively: (work) => work(),
    readFilesVersion: () => versionOfFiles(store, options, context),
    async checkVersion(version) {
      const result = await usableVersion(store, version, await context.loadPlatforms());
      return result && { issues: "issues" in result ? result.issues : [] };
    },
    commit: (statements) => write(tenant, statements),
    async activate() {},
  };
}

async function onlyTenant(options: ConfigOptions, context: CommandContext): Promise<string> {
  const [name, second] = selectedTenants(await loadFiles(options, context), options);
  if (name === undefined || second !== undefined)
    throw new UsageError("The configuration has several tenants. Add --tenant <tenant>.");
  return name;
}

/** The version of the files. When they cannot be used now, the version they last had. */
async function versionOfFiles(store: TenantStore, options: ConfigOptions, context: CommandContext): Promise<string> {
  try {
    const tenant = (await loadFiles(options, context)).tenants.get(store.tenant);
    if (tenant) return tenant.version;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  const pin = await findPin(store);
  const [active] = await listVersions(store, { limit: 1 });
  return pin?.filesVersion ?? active?.version ?? "";
}
