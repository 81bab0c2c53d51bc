import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { buildInto } from "./build.ts";
import { manifestFor } from "./manifest.ts";
import { type ZipEntry, zip } from "./zip.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Builds the app and packs it as Zendesk takes it (Admin Center → Apps → Upload private app).
 * @param outDir is made if it does not exist
 * @param apiUrl the API of the installation that the package is for; its host is the only one that the app may ask
 * @returns the path of the zip
 */
export async function packageZendeskApp(outDir: string, apiUrl?: string): Promise<string> {
  const built = mkdtempSync(join(tmpdir(), "sidelight-zendesk-"));
  await buildInto(built);
  const manifest = manifestFor(apiUrl);
  const entries: ZipEntry[] = [
    { path: "manifest.json", data: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) },
    ...filesIn(built, "assets"),
    ...filesIn(join(root, "assets"), "assets").filter(({ path }) => path.endsWith(".png")),
    ...filesIn(join(root, "translations"), "translations"),
  ];
  rmSync(built, { recursive: true });
  mkdirSync(outDir, { recursive: true });
  const file = join(outDir, `sidelight-zendesk-${manifest.version}.zip`);
  writeFileSync(file, zip(entries));
  return file;
}

function filesIn(folder: string, under: string): ZipEntry[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ path: [under, ...relative(folder, file).split(sep)].join("/"), data: readFileSync(file) }));
}
