/** Bundles the server and the command line: JavaScript for Node.js without TypeScript, dev dependencies or the lab. */
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";
import { root } from "../runNode.mjs";

/** Packages that stay packages, because they load a native addon. */
export const externalPackages = ["better-sqlite3"] as const;

/** Packages that a library loads only if they are installed. They are not. */
const absentPackages = ["pg-native", "pg-cloudflare"];

export interface Bundle {
  /** Names of the files with code, beginning with the entry. */
  files: string[];
  /** Files of libraries that the bundle contains. */
  libraryFiles: string[];
}

/** @param folder receives `main.mjs` and what it loads */
export async function bundleServer(folder: string): Promise<Bundle> {
  const build = await rolldown({
    input: { main: join(root, "context-api/src/main.ts") },
    platform: "node",
    plugins: [filesBesideModules, packagedApps, absentModules],
    external: [...externalPackages],
    onLog(level, log) {
      // Libraries contain code that only warns. A module that is missing would fail in production.
      if (log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
      if (level === "warn" && log.code === "MISSING_EXPORT") throw new Error(log.message);
    },
  });
  const { output } = await build.write({
    dir: folder,
    format: "es",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    // Stack traces of the log name functions and lines.
    minify: false,
    // The licenses of all libraries are in a file of their own.
    comments: { legal: false, jsdoc: false },
  });
  await build.close();
  const chunks = output.filter((file) => file.type === "chunk");
  refuseForeignImports(chunks);
  const modules = new Set(chunks.flatMap((chunk) => chunk.moduleIds));
  const testModule = [...modules].find((id) => id.startsWith(join(root, "test")));
  if (testModule) throw new Error(`The server imports ${testModule}. Test code does not belong to it.`);
  return {
    files: chunks.map(({ fileName }) => fileName),
    libraryFiles: [...modules].filter((id) => id.includes(`${sep}node_modules${sep}`)).map((id) => id.split("?")[0] ?? id),
  };
}

/** What a bundle imports is another file of it, a module of Node.js, or an external package. */
function refuseForeignImports(chunks: readonly OutputChunk[]): void {
  const allowedNames = new Set([...chunks.map(({ fileName }) => fileName), ...builtinModules, ...externalPackages]);
  for (const { fileName, imports, dynamicImports } of chunks) {
    const foreignName = [...imports, ...dynamicImports].find((name) => !name.startsWith("node:") && !allowedNames.has(name));
    if (foreignName)
      throw new Error(`The bundle ${fileName} imports ${foreignName}. Bundle it, or add it to the external packages.`);
  }
}

/**
 * `new URL("./file", import.meta.url)` names a file beside the module: the code of a thread or a process, or a file that is read.
 * Code becomes an entry of the bundle, other files are copied.
 */
const filesBesideModules: Plugin = {
  name: "sidelight:files-beside-modules",
  transform(code, id) {
    if (id.includes(`${sep}node_modules${sep}`) || !code.includes("import.meta.url")) return null;
    return code.replaceAll(/new URL\("(\.\/[^"]+)", import\.meta\.url\)/g, (_, path: string) => {
      const file = join(dirname(id), path);
      const name = flatName(file);
      if (extname(file) === ".ts") this.emitFile({ type: "chunk", id: file, fileName: name });
      else this.emitFile({ type: "asset", source: readFileSync(file), fileName: name });
      return `new URL("./${name}", import.meta.url)`;
    });
  },
};

/** `context-api/platforms/zendesk/src/defaultRoutes.yaml` → `zendesk.defaultRoutes.yaml` */
function flatName(file: string): string {
  const folders = dirname(relative(root, file)).split(sep);
  const owner = folders.filter((name) => !["context-api", "platforms", "src"].includes(name)).join(".");
  const extension = extname(file) === ".ts" ? ".mjs" : extname(file);
  return `${owner === "" ? "" : `${owner}.`}${basename(file, extname(file))}${extension}`;
}

/** The package contains the built apps and the runbooks beside the folder of the code. */
const packagedApps: Plugin = {
  name: "sidelight:packaged-apps",
  transform: (code, id) =>
    ["console", "panels", "docs"].some((folder) => id.endsWith(join("http", folder, "folder.ts")))
      ? code.replace(/(?:\.\.\/){4}(?:apps\/(\w+)\/dist|docs\/(\w+))\//, (_, app, docs) => `../${app ?? docs}/`)
      : null,
};

const absentModules: Plugin = {
  name: "sidelight:absent-modules",
  resolveId: (source) => (absentPackages.includes(source) ? `\0absent:${source}` : null),
  load: (id) => (id.startsWith("\0absent:") ? "export default null;" : null),
};
