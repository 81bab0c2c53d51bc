import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { buildZendeskApp } from "../../../apps/zendesk/tools/build.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const salesforceHostRoot = join(root, "test/lab/hosts/salesforce");
const salesforceInputs = [
  "apps/salesforce/force-app/main/default/lwc",
  "apps/salesforce/tools",
  "apps/salesforce/package.json",
  "shared/panel/src",
  "test/lab/hosts/salesforce/index.html",
  "test/lab/hosts/salesforce/page",
  "test/lab/hosts/salesforce/stubs",
  "test/lab/hosts/salesforce/vite.config.ts",
];
/** Written by the build itself. */
const generated = "sidelightModel.js";

/** The built record page with the component of apps/salesforce in it. */
export const salesforceHostDist = join(salesforceHostRoot, "dist");

/** Builds both panels, or what of them changed since the last time. */
export async function buildPanels(say: (text: string) => void): Promise<void> {
  if (await buildZendeskApp()) say("built the Zendesk app");
  if (await buildSalesforceHost()) say("built the Salesforce panel");
}

/** @returns whether it built */
export async function buildSalesforceHost(): Promise<boolean> {
  const built = join(salesforceHostDist, "page.js");
  if (existsSync(built) && salesforceInputs.every((input) => newestIn(join(root, input)) <= statSync(built).mtimeMs))
    return false;
  await build({ root: salesforceHostRoot, configFile: join(salesforceHostRoot, "vite.config.ts") });
  return true;
}

function newestIn(path: string): number {
  if (path.endsWith(generated)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
