import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { buildConsole } from "../../../apps/console/tools/build.ts";
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
/** The build writes these files, so their age does not count. */
const generatedFile = /sidelight((Identity)?Model|Texts[A-Z][a-z])\.js$/;

/** The built record page with the component of apps/salesforce. */
export const salesforceHostDist = join(salesforceHostRoot, "dist");

/** Builds the panels and the console, if they changed since their last build. */
export async function buildPages(step: (text: string) => void): Promise<void> {
  step("Building the pages that changed");
  await buildZendeskApp();
  await buildSalesforceHost();
  await buildConsole();
}

/** @returns whether it built */
export async function buildSalesforceHost(): Promise<boolean> {
  const output = join(salesforceHostDist, "page.js");
  if (existsSync(output) && salesforceInputs.every((input) => newestIn(join(root, input)) <= statSync(output).mtimeMs))
    return false;
  await build({ root: salesforceHostRoot, configFile: join(salesforceHostRoot, "vite.config.ts") });
  return true;
}

function newestIn(path: string): number {
  if (generatedFile.test(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
