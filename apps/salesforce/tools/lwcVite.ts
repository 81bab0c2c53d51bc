import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import lwc from "vite-plugin-lwc";

const require = createRequire(import.meta.url);
const components = fileURLToPath(new URL("../force-app/main/default/lwc", import.meta.url));
const labelFile = fileURLToPath(new URL("../force-app/main/default/labels/CustomLabels.labels-meta.xml", import.meta.url));
const baseComponents = dirname(require.resolve("lightning-base-components/package.json"));
/** SLDS 1 as one stylesheet, which Lightning Experience adds to every page. */
export const sldsStylesheet = require.resolve(
  "@salesforce-ux/design-system/assets/styles/salesforce-lightning-design-system.min.css",
);

export interface LwcOptions {
  /** Module name → file, for modules that only the platform has: `lightning/uiRecordApi`, `@salesforce/apex/…`. */
  stubs: Record<string, string>;
  /** Icons to compile, such as `utility:refresh`. All sets together are 3,700 modules. */
  icons: readonly string[];
  /** Additional components: `host/page` → its script. */
  modules?: Record<string, string>;
}

/** Vite plugins that compile the components of `force-app` unchanged for the open-source LWC engine. */
export function lwcPlugins({ stubs, icons, modules = {} }: LwcOptions): Plugin[] {
  const modulePaths = { ...stubs, ...ownComponents(), ...modules };
  return [
    engine(),
    iconSets(icons),
    customLabels(),
    ...lwc({
      rootDir: components,
      // A directory record would take the folder's name (`lwc`) as namespace, so every component gets its own alias.
      modules: [...Object.entries(modulePaths).map(([name, path]) => ({ name, path })), ...baseModules()],
      defaultModules: [],
      apiVersion: 66,
      disableSyntheticShadowSupport: false,
      enableDynamicComponents: true,
      exclude: ["**/*.ts", "**/node_modules/@lwc/**", "**/node_modules/lwc/**"],
    }),
  ];
}

/** Resolves the engine by path: the host page is in another workspace package, which does not depend on it. */
function engine(): Plugin {
  const packages = createRequire(require.resolve("lwc"));
  const module = (name: string) => packages.resolve(name).replace(/\.cjs$/, ".js");
  return {
    name: "sidelight:lwc-engine",
    enforce: "pre",
    config: () => ({
      resolve: {
        alias: [
          { find: /^lwc$/, replacement: module("@lwc/engine-dom") },
          { find: /^@lwc\/synthetic-shadow$/, replacement: module("@lwc/synthetic-shadow") },
          { find: /^@lwc\/wire-service$/, replacement: module("@lwc/wire-service") },
        ],
      },
    }),
  };
}

/** The module records of lightning-base-components, with absolute paths for the same reason. */
function baseModules(): ({ name: string; path: string } | { dir: string })[] {
  const { lwc: config } = JSON.parse(readFileSync(`${baseComponents}/package.json`, "utf8")) as {
    lwc: { modules: ({ name: string; path: string } | { dir: string })[] };
  };
  return config.modules.map((record) =>
    "dir" in record
      ? { dir: `${baseComponents}/${record.dir}` }
      : { name: record.name, path: `${baseComponents}/${record.path}` },
  );
}

/** Every bundle in force-app: `c/name` → its script, or its stylesheet if it has no script. */
export function ownComponents(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(components, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => {
        const extension = existsSync(`${components}/${name}/${name}.js`) ? "js" : "css";
        return [`c/${name}`, `${components}/${name}/${name}.${extension}`];
      }),
  );
}

/** Custom labels of force-app: name → text. */
export function labels(): Record<string, string> {
  const xml = readFileSync(labelFile, "utf8");
  return Object.fromEntries(
    [...xml.matchAll(/<fullName>(\w+)<\/fullName>[\s\S]*?<value>([\s\S]*?)<\/value>/g)].map(([, name, text]) => [
      name,
      unescapeXml(text ?? ""),
    ]),
  );
}

function customLabels(): Plugin {
  const texts = labels();
  const prefix = "@salesforce/label/c.";
  return {
    name: "sidelight:custom-labels",
    enforce: "pre",
    resolveId: (source) => (source.startsWith(prefix) ? `\0${source}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return;
      const text = texts[id.slice(prefix.length + 1)];
      if (text === undefined) throw new Error(`CustomLabels.labels-meta.xml has no label ${id.slice(prefix.length + 1)}`);
      return `export default ${JSON.stringify(text)};`;
    },
  };
}

function iconSets(icons: readonly string[]): Plugin {
  const pattern = /^lightning\/iconSvgTemplates([A-Z][a-z]+?)(Rtl)?$/;
  return {
    name: "sidelight:icons",
    enforce: "pre",
    resolveId: (source) => (pattern.test(source) ? `\0${source}` : undefined),
    load(id) {
      const match = id.startsWith("\0") ? pattern.exec(id.slice(1)) : null;
      if (!match?.[1]) return;
      const set = match[1].toLowerCase();
      const folder = `${baseComponents}/src/${id.slice(1)}/buildTemplates/${set}`;
      const names = icons.filter((icon) => icon.startsWith(`${set}:`)).map((icon) => icon.slice(set.length + 1));
      const imports = names.map((name) => `import ${set}_${name} from "${folder}/${name}.html";`);
      return `${imports.join("\n")}\nexport default { ${names.map((name) => `${set}_${name}`).join(", ")} };`;
    },
  };
}

function unescapeXml(text: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? "");
}
