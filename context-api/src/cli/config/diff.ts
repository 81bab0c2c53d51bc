import { type Change, changesBetween } from "../../config/diff.ts";
import { listVersions, storedVersion, type TenantVersion } from "../../config/versions.ts";
import type { TenantStore } from "../../store/store.ts";
import { UsageError } from "../environment.ts";
import { type ConfigArguments, loadFiles, tenantsOf } from "./files.ts";
import { withStore } from "./store.ts";

/** `sidelight config diff`: what the files would change of what is in use, or of an earlier version. */
export async function diff(given: ConfigArguments): Promise<string> {
  const files = await loadFiles(given);
  const names = tenantsOf(files, given);
  return await withStore(given.env, async ({ forTenant }) => {
    const found = await Promise.all(names.map(async (name) => [name, await before(forTenant(name), given.version)] as const));
    const known = found.filter(([, version]) => version !== null);
    if (known.length === 0) throw new UsageError(`${given.version ?? "no version"} was never in use`);
    return known.map(([name, version]) => section(name, version!, files.tenants.get(name)!)).join("");
  });
}

async function before(store: TenantStore, version: string | null): Promise<TenantVersion | null> {
  const wanted = version ?? (await listVersions(store, { limit: 1 }))[0]?.version;
  return wanted === undefined ? null : await storedVersion(store, wanted);
}

function section(tenant: string, old: TenantVersion, now: TenantVersion): string {
  if (old.version === now.version) return `${tenant}  ${now.version}  no change\n`;
  const changes = changesBetween(old.config, now.config);
  const lines = changes.length > 0 ? changes.map(told) : ["  the order of connections or routes\n"];
  return `${tenant}  ${old.version} → ${now.version}\n${lines.join("")}`;
}

/** Short values on a line; long ones, as JSONata is, below one another. */
function told({ path, before: old, after: now }: Change): string {
  const [from, to] = [text(old), text(now)];
  const name = `  ${path.join(".")}`;
  if (old === undefined) return `${name}: added ${to}\n`;
  if (now === undefined) return `${name}: removed ${from}\n`;
  if (from.length + to.length <= 80) return `${name}: ${from} → ${to}\n`;
  return `${name}:\n    - ${from}\n    + ${to}\n`;
}

const text = (value: unknown): string => JSON.stringify(value) ?? "";
