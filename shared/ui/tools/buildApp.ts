import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

/** Files of an app that its build depends on. */
const ownInputs = ["src", "index.html", "vite.config.ts", "package.json"];

/**
 * Builds an app into its `dist/`, unless that is newer than every source file.
 * @param root folder of the app
 * @param sharedSources folders of shared packages that it bundles, from `root`
 * @returns whether it built
 */
export async function buildApp(root: string, sharedSources: readonly string[]): Promise<boolean> {
  const dist = join(root, "dist");
  const inputs = [...ownInputs, ...sharedSources].map((path) => join(root, path));
  const entryPage = join(dist, "index.html");
  if (existsSync(entryPage) && inputs.every((input) => newestIn(input) <= statSync(entryPage).mtimeMs)) return false;
  // Built in a folder aside and renamed, so that a server never finds `dist/` half empty.
  mkdirSync(join(root, ".cache"), { recursive: true });
  const temporaryFolder = mkdtempSync(join(root, ".cache/build-"));
  await buildInto(root, temporaryFolder);
  rmSync(dist, { recursive: true, force: true });
  renameSync(temporaryFolder, dist);
  return true;
}

/**
 * Builds an app into a folder.
 * @returns the files of libraries that the build contains
 */
export async function buildInto(root: string, outDir: string): Promise<string[]> {
  // A test runner sets NODE_ENV, and Vite would then compile JSX for React's development build.
  const previousMode = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  try {
    const result = await build({ configFile: join(root, "vite.config.ts"), build: { outDir, emptyOutDir: true } });
    const [bundle] = Array.isArray(result) ? result : [result];
    if (!bundle || !("output" in bundle)) throw new Error(`The build of ${root} returned no bundle.`);
    const modules = bundle.output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
    return modules.filter((id) => id.includes("/node_modules/")).map((id) => id.split("?")[0] ?? id);
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
