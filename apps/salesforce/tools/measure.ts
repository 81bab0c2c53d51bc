import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "vite";
import { buildModel } from "./buildModel.ts";
import { lwcPlugins } from "./lwcVite.ts";

const panel = fileURLToPath(new URL("../force-app/main/default/lwc/sidelightPanel/sidelightPanel.js", import.meta.url));
const model = fileURLToPath(new URL("../force-app/main/default/lwc/sidelightModel/sidelightModel.js", import.meta.url));

export interface Sizes {
  /** Minified bytes of the panel's scripts and templates. */
  components: number;
  /** Bytes of the panel's styles. */
  styles: number;
  /** Minified bytes of the shared view-model and panel session with their texts. */
  model: number;
  /** Gzipped bytes of all three. */
  compressed: number;
}

/** Sizes in bytes of what the panel loads, without base components, which the org provides. */
export async function measure(): Promise<Sizes> {
  if (!existsSync(model)) await buildModel();
  const withStyles = await minified(panel, ["c/sidelightModel"]);
  const scriptsOnly = await minified(panel, ["c/sidelightModel"], [omitStyles]);
  const modelCode = await minified(model, []);
  const bytes = (code: string): number => Buffer.byteLength(code);
  return {
    components: bytes(scriptsOnly),
    styles: bytes(withStyles) - bytes(scriptsOnly),
    model: bytes(modelCode),
    compressed: gzipSync(withStyles).length + gzipSync(modelCode).length,
  };
}

const omitStyles: Plugin = {
  name: "sidelight:without-styles",
  enforce: "pre",
  load: (id) => (/\.css(\?|$)/.test(id) ? "" : undefined),
};

async function minified(input: string, externalModules: string[], plugins: Plugin[] = []): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [...plugins, externals(externalModules), ...lwcPlugins({ stubs: {}, icons: [] })],
    build: {
      write: false,
      target: "es2022",
      minify: true,
      rolldownOptions: { input, external: /^lwc$|engine-dom/, output: { format: "es" }, preserveEntrySignatures: "strict" },
    },
  });
  const [bundle] = Array.isArray(result) ? result : [result];
  if (!bundle || !("output" in bundle)) throw new Error(`The build of ${input} returned no bundle.`);
  return bundle.output.map((file) => (file.type === "chunk" ? file.code : "")).join("");
}

/** Excludes modules of the platform, and `externalModules`, from the bundle. */
function externals(externalModules: string[]): Plugin {
  return {
    name: "sidelight:externals",
    enforce: "pre",
    resolveId: (source) =>
      /^(@salesforce|lightning)\//.test(source) || source === "lwc" || externalModules.includes(source)
        ? { id: source, external: true }
        : undefined,
  };
}

if (import.meta.main) {
  const { components, styles, model, compressed } = await measure();
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(
    `components ${kB(components)}, styles ${kB(styles)}, view-model ${kB(model)}, minified; together ${kB(compressed)} gzipped`,
  );
}
