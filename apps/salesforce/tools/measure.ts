import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "vite";
import { buildModel, languages } from "./buildModel.ts";
import { lwcPlugins } from "./lwcVite.ts";

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const component = (name: string): string =>
  fileURLToPath(new URL(`../force-app/main/default/lwc/${name}/${name}.js`, import.meta.url));
const panel = component("sidelightPanel");
const model = component("sidelightModel");
/** Modules that are measured on their own. */
const separateModules = [
  "c/sidelightModel",
  "c/sidelightContent",
  "c/sidelightDetailsModel",
  "c/sidelightIdentity",
  "c/sidelightActions",
  ...languages.map((language) => `c/sidelightTexts${capital(language)}`),
];

export interface Sizes {
  /** Minified bytes of the panel's scripts and templates. */
  components: number;
  /** Bytes of the panel's styles. */
  styles: number;
  /** Minified bytes of the shared view-model and panel session with their texts. */
  model: number;
  /** Gzipped bytes of all three. */
  compressed: number;
  /** Minified bytes of what loads after the first screen: the content of sections with its styles, and its part of the view-model. */
  details: number;
  /** Minified bytes of the part "Wrong customer?", which loads on demand: its component, styles and model. */
  identity: number;
  /** Minified bytes of the actions, which load once the panel is filled. */
  actions: number;
}

/** Sizes in bytes of what the panel loads, without base components, which the org provides. */
export async function measure(): Promise<Sizes> {
  await buildModel();
  const withStyles = await minified(panel, separateModules);
  const scriptsOnly = await minified(panel, separateModules, [omitStyles]);
  const modelCode = await minified(model, []);
  const bytes = (code: string): number => Buffer.byteLength(code);
  return {
    components: bytes(scriptsOnly),
    styles: bytes(withStyles) - bytes(scriptsOnly),
    model: bytes(modelCode),
    compressed: gzipSync(withStyles).length + gzipSync(modelCode).length,
    details:
      bytes(await minified(component("sidelightContent"), ["c/sidelightModel"])) +
      bytes(await minified(component("sidelightDetailsModel"), ["c/sidelightModel"])),
    identity: bytes(await minified(component("sidelightIdentity"), ["c/sidelightModel"])),
    actions: bytes(await minified(component("sidelightActions"), ["c/sidelightModel"])),
  };
}

/** The platform loads modules itself. Vite would add a loader of its own. */
const platformImports: Plugin = {
  name: "sidelight:platform-imports",
  enforce: "pre",
  transform: (code, id) =>
    /\/force-app\/.*\.js(\?|$)/.test(id) ? code.replace(/\bimport\("c\//g, 'platformImport("c/') : undefined,
};

const omitStyles: Plugin = {
  name: "sidelight:without-styles",
  enforce: "pre",
  load: (id) => (/\.css(\?|$)/.test(id) ? "" : undefined),
};

async function minified(input: string, externalModules: string[], plugins: Plugin[] = []): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [...plugins, platformImports, externals(externalModules), ...lwcPlugins({ stubs: {}, icons: [] })],
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
  for (const [name, bytes] of Object.entries(await measure())) console.log(`${name} ${(bytes / 1000).toFixed(1)} kB`);
}
