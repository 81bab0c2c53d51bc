import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const sharedSources = ["../../shared/panel/src", "../../shared/client/src"];
const inputs = ["src", "index.html", "vite.config.ts", "package.json", ...sharedSources].map((path) => join(root, path));

/** The built app, from which the lab's host page serves it. */
export const zendeskAppDist = join(root, "dist");

/** Builds the app into `dist/`, unless that is newer than every source file. @returns whether it built */
export async function buildZendeskApp(): Promise<boolean> {
  const entryPage = join(zendeskAppDist, "index.html");
  if (existsSync(entryPage) && inputs.every((input) => newestIn(input) <= statSync(entryPage).mtimeMs)) return false;
  // Built in a folder aside and renamed, so that a server never finds `dist/` half empty.
  mkdirSync(join(root, ".cache"), { recursive: true });
  const temporaryFolder = mkdtempSync(join(root, ".cache/build-"));
  await buildInto(temporaryFolder);
  rmSync(zendeskAppDist, { recursive: true, force: true });
  renameSync(temporaryFolder, zendeskAppDist);
  return true;
}

export async function buildInto(outDir: string): Promise<void> {
  // A test runner sets NODE_ENV, and Vite would then compile JSX for React's development build.
  const previousMode = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  try {
    await build({ configFile: join(root, "vite.config.ts"), build: { outDir, emptyOutDir: true } });
  } finally {
    if (previousMode === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = previousMode;
  }
}

function newestIn(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
