import type { TenantVersion } from "../../config/versions.ts";
import { openConsentChecks } from "../../context/consent.ts";
import { openFieldTools } from "../../fields/fieldTools.ts";
import { type FieldPreview, previewFields } from "../../fields/preview.ts";
import { openReader } from "../../log/reader.ts";
import { hasStore, storeLocation } from "../../store/location.ts";
import { type CommandContext, dataDirectory } from "../environment.ts";
import { openForCommand } from "../runtime.ts";
import { evidenceText, hasEvidence, previewEvidence } from "./evidencePreview.ts";
import { type ConfigOptions, loadFiles } from "./files.ts";

/**
 * `sidelight config check`: prints a line for each tenant of a correct configuration, what its fields would write, and which stored
 * records its evidence is about. It reads no secret, and opens the store only for these.
 */
export async function check(options: ConfigOptions, context: CommandContext): Promise<number> {
  const { tenants } = await loadFiles(options, context);
  const hasPreview = ({ config: { fields, identity } }: TenantVersion): boolean =>
    Object.keys(fields).length > 0 || hasEvidence(identity.evidence);
  const previews = [...tenants.values()].some(hasPreview) ? await previewsOf(options, context) : new Map<string, string>();
  for (const [name, version] of tenants) process.stdout.write(`${name}  ${summary(version)}\n${previews.get(name) ?? ""}`);
  return 0;
}

function summary({ version, config }: TenantVersion): string {
  const routes = config.routing.routes.filter((route) => route.enabled);
  const fields = Object.keys(config.fields).length;
  const counts = [count(config.connections.length, "connection"), count(routes.length, "route")];
  return [version, ...counts, ...(fields > 0 ? [count(fields, "field")] : [])].join("  ");
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** What the fields of each tenant would write to the platforms, and what its evidence changes, by what the store has of them. */
async function previewsOf({ environment }: ConfigOptions, { env, loadPlatforms }: CommandContext): Promise<Map<string, string>> {
  if (!(await hasStore(storeLocation(env, dataDirectory(env))))) return new Map();
  const selected = environment === undefined ? env : { ...env, SIDELIGHT_ENVIRONMENT: environment };
  const runtime = await openForCommand(selected, await loadPlatforms());
  try {
    const texts = new Map<string, string>();
    for (const [name, { tenant }] of runtime.tenants) {
      const previews = await previewFields(openFieldTools(tenant, openConsentChecks(tenant)));
      const { evidence } = tenant.config.identity;
      const ofEvidence = hasEvidence(evidence) ? evidenceText(await previewEvidence(openReader(tenant.log), evidence)) : "";
      texts.set(name, previews.map(previewText).join("") + ofEvidence);
    }
    return texts;
  } finally {
    await runtime.close();
  }
}

function previewText({ field, enabled, customers, writes, withheld, conflicts, examples }: FieldPreview): string {
  const writeCounts = Object.entries(writes).map(([platform, number]) => `${count(number, "write")} to ${platform}`);
  const parts = [
    ...(writeCounts.length > 0 ? writeCounts : ["nothing to write"]),
    ...(conflicts > 0 ? [count(conflicts, "conflict")] : []),
    ...(withheld > 0 ? [`${count(withheld, "write")} withheld`] : []),
  ];
  const state = enabled ? "enabled" : "compared only";
  const head = `  field ${field} (${state}): ${count(customers, "customer")}, ${parts.join(", ")}\n`;
  const lines = examples.map(({ record, present, next }) =>
    next === undefined ? `    ${record}: ${shown(present)}, a conflict\n` : `    ${record}: ${shown(present)} → ${shown(next)}\n`,
  );
  return head + lines.join("");
}

const shown = (value: FieldPreview["examples"][number]["present"]): string =>
  value === null ? "(empty)" : JSON.stringify(value);
