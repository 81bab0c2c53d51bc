import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import lwc from "vite-plugin-lwc";

const here = createRequire(import.meta.url);
const components = fileURLToPath(new URL("../force-app/main/default/lwc", import.meta.url));
const labelFile = fileURLToPath(new URL("../force-app/main/default/labels/CustomLabels.labels-meta.xml", import.meta.url));
const baseComponents = dirname(here.resolve("lightning-base-components/package.json"));
/** SLDS 1 as one stylesheet: what Lightning Experience itself puts on the page around a component. */
export const sldsStylesheet = here.resolve(
  "@salesforce-ux/design-system/assets/styles/salesforce-lightning-design-system.min.css",
);

export interface LwcOptions {
  /** Module name → file, for what only the platform has: `lightning/uiRecordApi`, `@salesforce/apex/…`. */
  stubs: Record<string, string>;
  /** `utility:refresh`. All sets together are 3,700 modules, so only these are compiled. */
  icons: readonly string[];
  /** Further components, as `host/page` → its script. */
  modules?: Record<string, string>;
}

/** Vite plugins that compile the components of `force-app` as they are, on the open-source engine. */
export function lwcPlugins({ stubs, icons, modules = {} }: LwcOptions): Plugin[] {
  const named = { ...stubs, ...ownComponents(), ...modules };
  return [
    engine(),
    iconSets(icons),
    customLabels(),
    ...lwc({
      rootDir: components,
      // A directory record would name the namespace after the folder (`lwc/…`), so every component is an alias of its own.
      modules: [...Object.entries(named).map(([name, path]) => ({ name, path })), ...baseModules()],
      defaultModules: [],
      apiVersion: 66,
      disableSyntheticShadowSupport: false,
      enableDynamicComponents: false,
      exclude: ["**/*.ts", "**/node_modules/@lwc/**", "**/node_modules/lwc/**"],
    }),
  ];
}

/** The engine by path: the host page lies in another workspace package, which doesn't depend on it. */
function engine(): Plugin {
  const packages = createRequire(here.resolve("lwc"));
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

/** The module records of lightning-base-components, absolute for the same reason. */
function baseModules(): ({ name: string; path: string } | { dir: string })[] {
  const { lwc: config } = JSON.parse(readFileSync(`${baseComponents}/package.json`, "utf8")) as {
    lwc: { modules: Record<string, string>[] };
  };
  return config.modules.map((record) =>
    record["dir"]
      ? { dir: `${baseComponents}/${record["dir"]}` }
      : { name: record["name"]!, path: `${baseComponents}/${record["path"]}` },
  );
}

/** Every bundle in force-app as `c/name` → its script, or its stylesheet when it has no script. */
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

/** Custom labels with the text they have in force-app. */
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
      if (text === undefined) throw new Error(`no custom label ${id.slice(prefix.length + 1)}`);
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
      const found = id.startsWith("\0") ? pattern.exec(id.slice(1)) : null;
      if (!found) return;
      const set = found[1]!.toLowerCase();
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
