/** Packs the server and the command line into a folder that runs on Node.js without an installation. */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { create } from "tar";
import { buildInto as buildConsoleInto } from "../../../apps/console/tools/build.ts";
import { buildInto as buildZendeskAppInto } from "../../../apps/zendesk/tools/build.ts";
import { root } from "../runNode.mjs";
import { bundleServer, externalPackages } from "./bundle.ts";
import { licenseTexts } from "./licenses.ts";

export interface ServerPackage {
  folder: string;
  archive: string;
  /** Sizes in bytes, of the folder and of the archive. */
  folderBytes: number;
  archiveBytes: number;
}

/** What the server loads of the packages that are not bundled. */
const packageFiles: Record<(typeof externalPackages)[number], (file: string) => boolean> = {
  "better-sqlite3": (file) => file === "package.json" || file === "LICENSE" || file.startsWith("lib/") || isAddon(file),
};

/** Addons of all kinds of Linux, and of the system that packs. */
const isAddon = (file: string): boolean =>
  file.startsWith("prebuilds/linux") || file === `prebuilds/${process.platform}-${process.arch}.node`;

/** The earliest time of a zip file, for every entry: the same files always give the same archive. */
const mtime = new Date(Date.UTC(1980, 0, 1));

/** @param outDir created if it does not exist. A package of the same version there is replaced. */
export async function packageServer(outDir: string): Promise<ServerPackage> {
  const { version } = JSON.parse(readFileSync(join(root, "context-api/package.json"), "utf8")) as { version: string };
  const name = `sidelight-${version}`;
  const folder = join(outDir, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "lib"), { recursive: true });
  const { libraryFiles } = await bundleServer(join(folder, "lib"));
  const consoleFiles = await buildConsoleInto(join(folder, "console"));
  const zendeskAppFiles = await buildZendeskAppInto(join(folder, "zendesk"));
  const externalFolders = externalPackages.map((external) => copyPackage(external, join(folder, "node_modules")));
  writeFileSync(join(folder, "sidelight.mjs"), '#!/usr/bin/env node\nimport "./lib/main.mjs";\n');
  chmodSync(join(folder, "sidelight.mjs"), 0o755);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifestOf(version), null, 2)}\n`);
  const texts = licenseTexts([
    ...libraryFiles,
    ...consoleFiles,
    ...zendeskAppFiles,
    ...externalFolders.map((path) => join(path, "package.json")),
  ]);
  writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), texts);
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  cpSync(join(root, "docs/runbooks"), join(folder, "runbooks"), { recursive: true });
  cpSync(join(root, "context-api/deploy"), join(folder, "deploy"), { recursive: true });
  const archive = join(outDir, `${name}.tgz`);
  await create(
    { file: archive, cwd: outDir, gzip: { level: 9 }, portable: true, mtime },
    filesIn(folder)
      .sort()
      .map((file) => `${name}/${file}`),
  );
  return { folder, archive, folderBytes: sizeOf(folder), archiveBytes: statSync(archive).size };
}

/** npm can install the archive: it has its dependencies inside. */
const manifestOf = (version: string): object => ({
  name: "sidelight",
  version,
  description: "Shows a customer's whole context inside the tools a person already works in.",
  license: "Apache-2.0",
  private: true,
  type: "module",
  bin: { sidelight: "sidelight.mjs" },
  engines: { node: ">=22.19" },
  bundleDependencies: externalPackages,
});

/** @returns the folder that was copied */
function copyPackage(name: (typeof externalPackages)[number], target: string): string {
  const require = createRequire(join(root, "context-api/package.json"));
  const source = dirname(require.resolve(`${name}/package.json`));
  for (const file of filesIn(source).filter(packageFiles[name])) cpSync(join(source, file), join(target, name, file));
  return source;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    );

const sizeOf = (folder: string): number => filesIn(folder).reduce((bytes, file) => bytes + statSync(join(folder, file)).size, 0);
