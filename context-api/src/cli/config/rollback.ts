import { ConfigError } from "../../config/issues.ts";
import { dropPin, readPin, setPin } from "../../config/pins.ts";
import { listVersions } from "../../config/versions.ts";
import { usableVersion } from "../../runtime/rollback.ts";
import type { TenantStore } from "../../store/store.ts";
import { UsageError } from "../environment.ts";
import { type ConfigArguments, loadFiles, tenantsOf } from "./files.ts";
import { withStore } from "./store.ts";

/** `sidelight config rollback`: a running `serve` takes it up within seconds, one that is started later at its start. */
export async function rollback(given: ConfigArguments): Promise<string> {
  const { env, version, platforms } = given;
  if (version === null) throw new UsageError("config rollback <version> [--tenant <tenant>]");
  const tenant = given.tenant ?? (await onlyTenant(given));
  return await withStore(env, async ({ forTenant, write }) => {
    const store = forTenant(tenant);
    const filesVersion = await whatFilesSay(given, store, tenant);
    if (filesVersion === version) {
      await write(tenant, [dropPin(store)]);
      return `${tenant} uses ${version}, which is what the files say\n`;
    }
    const found = await usableVersion(store, version, platforms);
    if (!found) throw new UsageError(`${version} was never in use; sidelight config versions tells what was`);
    if ("issues" in found) throw new UsageError(`${version} can't be used any more\n${found.issues.join("\n")}`);
    await write(tenant, [setPin(store, { version, filesVersion }, Date.now())]);
    return `${tenant} is rolled back to ${version}, until the files say something else than ${filesVersion}\n`;
  });
}

async function onlyTenant(given: ConfigArguments): Promise<string> {
  const [name, ...others] = tenantsOf(await loadFiles(given), given);
  if (name === undefined || others.length > 0) throw new UsageError("say which one is meant: --tenant <tenant>");
  return name;
}

/** Where the files can't be used, what they said the last time that they could. */
async function whatFilesSay(given: ConfigArguments, store: TenantStore, tenant: string): Promise<string> {
  try {
    const said = (await loadFiles(given)).tenants.get(tenant);
    if (said) return said.version;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  const pin = await readPin(store);
  const [inUse] = await listVersions(store, { limit: 1 });
  return pin?.filesVersion ?? inUse?.version ?? "";
}
