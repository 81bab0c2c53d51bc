import { changesBetween, type ValueChange } from "../../config/diff.ts";
import type { TenantVersion } from "../../config/versions.ts";
import { unknownVersion } from "../../services/config/getConfigVersion.ts";
import { listVersions, storedVersion } from "../../store/tables/configVersions.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import type { CommandContext } from "../environment.ts";
import { CommandError } from "../errors.ts";
import { type ConfigOptions, loadFiles, selectedTenants } from "./files.ts";
import { withStore } from "./store.ts";

/** `sidelight config diff [version]`: what the files would change in the active configuration, or in an earlier version. */
export async function diff(version: string | undefined, options: ConfigOptions, context: CommandContext): Promise<number> {
  const files = await loadFiles(options, context);
  const names = selectedTenants(files, options);
  const text = await withStore(context.env, async ({ forTenant }) => {
    const results = await Promise.all(
      names.map(async (name) => ({ name, previous: await readVersion(forTenant(name), version) })),
    );
    const sections = results.flatMap(({ name, previous }) => {
      const next = files.tenants.get(name);
      return previous && next ? [section(name, previous, next)] : [];
    });
    if (sections.length === 0)
      throw version ? unknownVersion(version) : new CommandError("No configuration was active yet. Start sidelight serve first.");
    return sections.join("");
  });
  process.stdout.write(text);
  return 0;
}

async function readVersion(store: TenantStore, version: string | undefined): Promise<TenantVersion | null> {
  const versionName = version ?? (await listVersions(store, { limit: 1 }))[0]?.version;
  return versionName === undefined ? null : await storedVersion(store, versionName);
}

function section(tenant: string, previous: TenantVersion, next: TenantVersion): string {
  if (previous.version === next.version) return `${tenant}  ${next.version}  no change\n`;
  const changes = changesBetween(previous.config, next.config);
  const lines = changes.length > 0 ? changes.map(changeText) : ["  the order of connections or routes\n"];
  return `${tenant}  ${previous.version} → ${next.version}\n${lines.join("")}`;
}

/** Short values on one line; long ones, such as JSONata, one below the other. */
function changeText({ path, previous, next }: ValueChange): string {
  const [from, to] = [text(previous), text(next)];
  const name = `  ${path.join(".")}`;
  if (previous === undefined) return `${name}: added ${to}\n`;
  if (next === undefined) return `${name}: removed ${from}\n`;
  if (from.length + to.length <= 80) return `${name}: ${from} → ${to}\n`;
  return `${name}:\n    - ${from}\n    + ${to}\n`;
}

const text = (value: unknown): string => JSON.stringify(value) ?? "";
