import { stringify } from "yaml";
import { changesBetween, type ValueChange } from "../../config/diff.ts";
import type { TenantVersion } from "../../config/versions.ts";
import { unknownVersion } from "../../services/config/getConfigVersion.ts";
import { listVersions, storedVersion } from "../../store/tables/configVersions.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import type { CommandContext } from "../environment.ts";
import { CommandError } from "../errors.ts";
import { type Collapse, collapseDefaults } from "./collapseDefaults.ts";
import { type ConfigOptions, loadFiles, selectedTenants } from "./files.ts";
import { withStore } from "./store.ts";

/** `sidelight config diff [version]`: what the files would change in the active configuration, or in an earlier version. */
export async function diff(version: string | undefined, options: ConfigOptions, context: CommandContext): Promise<number> {
  process.stdout.write(await diffText(version, options, context));
  return 0;
}

export async function diffText(version: string | undefined, options: ConfigOptions, context: CommandContext): Promise<string> {
  const files = await loadFiles(options, context);
  const names = selectedTenants(files, options);
  const collapse = collapseDefaults(await context.loadPlatforms());
  return await withStore(context.env, async ({ forTenant }) => {
    const results = await Promise.all(
      names.map(async (name) => ({ name, previous: await readVersion(forTenant(name), version) })),
    );
    const sections = results.flatMap(({ name, previous }) => {
      const next = files.tenants.get(name);
      return previous && next ? [section(name, previous, next, collapse)] : [];
    });
    if (sections.length === 0)
      throw version ? unknownVersion(version) : new CommandError("No configuration was active yet. Start sidelight serve first.");
    return sections.join("");
  });
}

async function readVersion(store: TenantStore, version: string | undefined): Promise<TenantVersion | null> {
  const versionName = version ?? (await listVersions(store, { limit: 1 }))[0]?.version;
  return versionName === undefined ? null : await storedVersion(store, versionName);
}

function section(tenant: string, previous: TenantVersion, next: TenantVersion, collapse: Collapse): string {
  if (previous.version === next.version) return `${tenant}  ${next.version}  no change\n`;
  const changes = changesBetween(previous.config, next.config);
  const { summaries, rest } = collapse(changes);
  const lines = [...summaries.map((line) => `  ${line}\n`), ...rest.map(changeText)];
  if (changes.length === 0) lines.push("  the order of connections or routes\n");
  return `${tenant}  ${previous.version} → ${next.version}\n${lines.join("")}`;
}

/** Short values on one line; objects and long values as YAML below the path, one mark for each side. */
function changeText({ path, previous, next }: ValueChange): string {
  const name = `  ${path.join(".")}`;
  if (isShort(previous) && isShort(next)) {
    if (previous === undefined) return `${name}: added ${text(next)}\n`;
    return next === undefined ? `${name}: removed ${text(previous)}\n` : `${name}: ${text(previous)} → ${text(next)}\n`;
  }
  const verb = previous === undefined ? " added" : next === undefined ? " removed" : "";
  return `${name}:${verb}\n${block("-", previous)}${block("+", next)}`;
}

const isShort = (value: unknown): boolean => (typeof value !== "object" ? text(value).length <= 40 : value === null);
const text = (value: unknown): string => JSON.stringify(value) ?? "";

function block(mark: "+" | "-", value: unknown): string {
  if (value === undefined) return "";
  return stringify(value, { lineWidth: 0 }).replace(/^.*$(?=\n)/gm, (line) => `    ${mark} ${line}`.trimEnd());
}
