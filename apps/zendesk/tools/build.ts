import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const inputs = ["src", "index.html", "vite.config.ts", "package.json", "../../shared/panel/src"].map((path) => join(root, path));

/** The built app, from which the lab's host page serves it. */
export const zendeskAppDist = join(root, "dist");

/** Builds the app into `dist/` unless what is there is newer than everything it is made of. @returns whether it built */
export async function buildZendeskApp(): Promise<boolean> {
  const built = join(zendeskAppDist, "index.html");
  if (existsSync(built) && inputs.every((input) => newestIn(input) <= statSync(built).mtimeMs)) return false;
  // Built aside and put in place whole: whoever is serving the folder never finds it half empty.
  mkdirSync(join(root, ".cache"), { recursive: true });
  const aside = mkdtempSync(join(root, ".cache/build-"));
  await buildInto(aside);
  rmSync(zendeskAppDist, { recursive: true, force: true });
  renameSync(aside, zendeskAppDist);
  return true;
}

export async function buildInto(outDir: string): Promise<void> {
  // A test runner sets NODE_ENV to something of its own, and Vite would compile JSX for React's development build.
  const before = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  try {
    await build({ configFile: join(root, "vite.config.ts"), build: { outDir, emptyOutDir: true } });
  } finally {
    if (before === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = before;
  }
}

function newestIn(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
