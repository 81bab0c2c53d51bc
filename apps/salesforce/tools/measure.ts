import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "vite";
import { buildModel } from "./build-model.ts";
import { lwcPlugins } from "./lwc-vite.ts";

const panel = fileURLToPath(new URL("../force-app/main/default/lwc/sidelightPanel/sidelightPanel.js", import.meta.url));
const model = fileURLToPath(new URL("../force-app/main/default/lwc/sidelightModel/sidelightModel.js", import.meta.url));

export interface Sizes {
  /** Minified bytes of the panel's own scripts and templates. */
  components: number;
  /** Bytes of its styles. */
  styles: number;
  /** Minified bytes of the shared view-model with its texts. */
  model: number;
  /** All three as they travel, gzipped. */
  compressed: number;
}

/** What the panel loads beside base components, which the org has anyway. */
export async function measure(): Promise<Sizes> {
  if (!existsSync(model)) await buildModel();
  const own = await minified(panel, ["c/sidelightModel"]);
  const bare = await minified(panel, ["c/sidelightModel"], [withoutStyles]);
  const shared = await minified(model, []);
  const bytes = (code: string): number => Buffer.byteLength(code);
  return {
    components: bytes(bare),
    styles: bytes(own) - bytes(bare),
    model: bytes(shared),
    compressed: gzipSync(own).length + gzipSync(shared).length,
  };
}

const withoutStyles: Plugin = {
  name: "sidelight:without-styles",
  enforce: "pre",
  load: (id) => (/\.css(\?|$)/.test(id) ? "" : undefined),
};

async function minified(input: string, without: string[], more: Plugin[] = []): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [...more, platform(without), ...lwcPlugins({ stubs: {}, icons: [] })],
    build: {
      write: false,
      target: "es2022",
      minify: true,
      rolldownOptions: { input, external: /^lwc$|engine-dom/, output: { format: "es" }, preserveEntrySignatures: "strict" },
    },
  });
  const [bundle] = Array.isArray(result) ? result : [result];
  if (!bundle || !("output" in bundle)) throw new Error("nothing was built");
  return bundle.output.map((file) => (file.type === "chunk" ? file.code : "")).join("");
}

/** What the org brings along doesn't count. */
function platform(without: string[]): Plugin {
  return {
    name: "sidelight:platform",
    enforce: "pre",
    resolveId: (source) =>
      /^(@salesforce|lightning)\//.test(source) || source === "lwc" || without.includes(source)
        ? { id: source, external: true }
        : undefined,
  };
}

if (import.meta.main) {
  const { components, styles, model: shared, compressed } = await measure();
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(
    `components ${kB(components)}, styles ${kB(styles)}, view-model ${kB(shared)}, minified; together ${kB(compressed)} gzipped`,
  );
}
