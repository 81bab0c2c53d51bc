import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { strToU8, type Zippable, zipSync } from "fflate";
import { buildInto } from "./build.ts";
import { type Manifest, manifestFor } from "./manifest.ts";
import { packageProblems } from "./packageRules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The earliest time of a zip file, for every entry: the same files always give the same archive. */
const mtime = new Date(1980, 0, 1);

/**
 * Packs the app for an upload to Zendesk (Admin Center → Apps → Upload private app). An app that the server serves has no code in its
 * package.
 * @param outDir created if it does not exist
 * @returns the path of the zip
 * @throws {Error} when Zendesk would refuse the package
 */
export async function packageZendeskApp(outDir: string, manifest: Manifest = manifestFor()): Promise<string> {
  const isHosted = manifest.signedUrls === true;
  const entries: Record<string, Uint8Array> = {
    "manifest.json": strToU8(`${JSON.stringify(manifest, null, 2)}\n`),
    ...(isHosted ? {} : await builtFiles()),
    ...filesIn(join(root, "assets"), "assets", (name) => name.endsWith(".png")),
    ...filesIn(join(root, "translations"), "translations"),
  };
  const problems = packageProblems(new Map(Object.entries(entries)));
  if (problems.length > 0) throw new Error(`Zendesk would refuse the package: ${problems.join("; ")}.`);
  mkdirSync(outDir, { recursive: true });
  const file = join(outDir, `sidelight-zendesk-${manifest.version}.zip`);
  writeFileSync(file, zipSync(entries satisfies Zippable, { level: 9, mtime }));
  return file;
}

async function builtFiles(): Promise<Record<string, Uint8Array>> {
  const buildFolder = mkdtempSync(join(tmpdir(), "sidelight-zendesk-"));
  try {
    await buildInto(buildFolder);
    return filesIn(buildFolder, "assets");
  } finally {
    rmSync(buildFolder, { recursive: true });
  }
}

function filesIn(folder: string, target: string, isIncluded: (name: string) => boolean = () => true): Record<string, Uint8Array> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isIncluded(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const pathOf = (file: string): string => [target, ...relative(folder, file).split(sep)].join("/");
  return Object.fromEntries(files.map((file) => [pathOf(file), readFileSync(file)]));
}
