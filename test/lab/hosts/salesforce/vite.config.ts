import { readFileSync } from "node:fs";
import { catalogues } from "@sidelight/panel/messages/catalogues.ts";
import { pseudoLocale } from "@sidelight/panel/pseudo.ts";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { buildModel } from "../../../../apps/salesforce/tools/buildModel.ts";
import { lwcPlugins, sldsStylesheet } from "../../../../apps/salesforce/tools/lwcVite.ts";
import { icons, stubs } from "./stubs/index.ts";

const directory = import.meta.dirname;
const pageModules = ["app", "highlights", "details", "relatedList"];

/** The record page with the component of apps/salesforce, on the open-source LWC engine. */
export default defineConfig(async ({ mode }): Promise<UserConfig> => {
  await buildModel();
  return {
    root: directory,
    base: "./",
    logLevel: "warn",
    // Only the development build reports LWC warnings. The lab shows what an org shows, so it uses the production build.
    define: { "process.env.NODE_ENV": JSON.stringify(mode === "development" ? "development" : "production") },
    plugins: [
      pseudoTexts(),
      ...lwcPlugins({
        stubs,
        icons,
        modules: Object.fromEntries(pageModules.map((name) => [`host/${name}`, `${directory}/page/${name}/${name}.js`])),
      }),
      pageFiles(),
    ],
    build: {
      emptyOutDir: true,
      modulePreload: false,
      rolldownOptions: {
        input: `${directory}/page/main.js`,
        checks: { pluginTimings: false },
        output: { entryFileNames: "page.js", chunkFileNames: "[name].js" },
      },
    },
  };
});

/** Adds the language for tests, `en-XA`, which the package does not contain. */
function pseudoTexts(): Plugin {
  const module = "sidelight-pseudo-texts";
  return {
    name: "sidelight:pseudo-texts",
    enforce: "pre",
    resolveId: (source) => (source === module ? `\0${module}` : null),
    load: (id) => (id === `\0${module}` ? `export default ${JSON.stringify(pseudoLocale(catalogues["en"] ?? {}))};` : null),
    transform(code, id) {
      if (!id.endsWith("/sidelightTexts.js")) return null;
      const start = "export async function loadTexts(locale) {";
      if (!code.includes(start)) this.error("sidelightTexts.js has another loadTexts: adapt the plugin pseudo-texts.");
      return code.replace(start, `${start}\n  if (locale === "en-XA") return (await import("${module}")).default;`);
    },
  };
}

/** Copies index.html and stylesheets. As build input, vite-plugin-lwc would compile them as templates and modules. */
function pageFiles(): Plugin {
  const files = { "index.html": `${directory}/index.html`, "page.css": `${directory}/page/page.css`, "slds.css": sldsStylesheet };
  return {
    name: "sidelight:page-files",
    generateBundle() {
      for (const [fileName, path] of Object.entries(files))
        this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
    },
  };
}
