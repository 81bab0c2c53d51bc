import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { strToU8, type Zippable, zipSync } from "fflate";
import { buildInto } from "./build.ts";
import { manifestFor } from "./manifest.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The earliest time of a zip file, for every entry: the same files always give the same archive. */
const mtime = new Date(1980, 0, 1);

/**
 * Builds the app and packs it for an upload to Zendesk (Admin Center → Apps → Upload private app).
 * @param outDir created if it does not exist
 * @param apiUrl the API of the installation; the app may call no other host
 * @returns the path of the zip
 */
export async function packageZendeskApp(outDir: string, apiUrl?: string): Promise<string> {
  const buildFolder = mkdtempSync(join(tmpdir(), "sidelight-zendesk-"));
  await buildInto(buildFolder);
  const manifest = manifestFor(apiUrl);
  const entries: Zippable = {
    "manifest.json": strToU8(`${JSON.stringify(manifest, null, 2)}\n`),
    ...filesIn(buildFolder, "assets"),
    ...filesIn(join(root, "assets"), "assets", (name) => name.endsWith(".png")),
    ...filesIn(join(root, "translations"), "translations"),
  };
  rmSync(buildFolder, { recursive: true });
  mkdirSync(outDir, { recursive: true });
  const file = join(outDir, `sidelight-zendesk-${manifest.version}.zip`);
  writeFileSync(file, zipSync(entries, { level: 9, mtime }));
  return file;
}

function filesIn(folder: string, target: string, isIncluded: (name: string) => boolean = () => true): Zippable {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isIncluded(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const pathOf = (file: string): string => [target, ...relative(folder, file).split(sep)].join("/");
  return Object.fromEntries(files.map((file) => [pathOf(file), readFileSync(file)]));
}
