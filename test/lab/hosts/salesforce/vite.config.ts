import { readFileSync } from "node:fs";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { buildModel } from "../../../../apps/salesforce/tools/build-model.ts";
import { lwcPlugins, sldsStylesheet } from "../../../../apps/salesforce/tools/lwc-vite.ts";
import { icons, stubs } from "./stubs/index.ts";

const here = import.meta.dirname;
const pageModules = ["app", "highlights", "details", "relatedList"];

/** The record page with the component of apps/salesforce in it, on the open-source engine. */
export default defineConfig(async ({ mode }): Promise<UserConfig> => {
  await buildModel();
  return {
    root: here,
    base: "./",
    logLevel: "warn",
    // In development the engine says what it doesn't like; the lab shows what an org shows, whoever builds it.
    define: { "process.env.NODE_ENV": JSON.stringify(mode === "development" ? "development" : "production") },
    plugins: [
      ...lwcPlugins({
        stubs,
        icons,
        modules: Object.fromEntries(pageModules.map((name) => [`host/${name}`, `${here}/page/${name}/${name}.js`])),
      }),
      pageFiles(),
    ],
    build: {
      emptyOutDir: true,
      modulePreload: false,
      rolldownOptions: {
        input: `${here}/page/main.js`,
        output: { entryFileNames: "page.js", chunkFileNames: "[name].js", codeSplitting: false },
      },
    },
  };
});

/** The page itself is no input: vite-plugin-lwc would take it for a template, and its stylesheets for modules. */
function pageFiles(): Plugin {
  const files = { "index.html": `${here}/index.html`, "page.css": `${here}/page/page.css`, "slds.css": sldsStylesheet };
  return {
    name: "sidelight:page-files",
    generateBundle() {
      for (const [fileName, path] of Object.entries(files))
        this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
    },
  };
}
