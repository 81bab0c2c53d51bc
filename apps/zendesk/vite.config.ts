import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { slimGarden } from "./tools/slimGarden.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Zendesk serves an app's `assets/` folder flat and from any path, so every address in the build is relative. */
export default defineConfig({
  root: path("./"),
  base: "./",
  plugins: [react(), slimGarden(), preloadFirstScreen()],
  resolve: {
    // Smaller substitutes. Garden uses a few functions of the first five; the SDK uses the last one only in a browser without
    // promises.
    alias: [
      { find: /^styled-components$/, replacement: path("src/slim/styled.ts") },
      { find: "lodash.get", replacement: path("src/slim/lodash.get.ts") },
      { find: "lodash.memoize", replacement: path("src/slim/lodash.memoize.ts") },
      { find: "prop-types", replacement: path("src/slim/prop-types.ts") },
      { find: "polished", replacement: path("src/slim/polished.ts") },
      { find: "./vendor/native-promise-only", replacement: path("src/slim/native-promise-only.ts") },
    ],
  },
  // Nothing from `assets/` is imported; `tools/package.ts` puts the logos beside the build.
  publicDir: false,
  logLevel: "warn",
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  build: {
    outDir: "dist",
    assetsDir: ".",
    emptyOutDir: true,
    target: "es2022",
    // The page names what it needs at first: see preloadFirstScreen.
    modulePreload: false,
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        // What both entries of the first screen share is one file: each file costs a round trip over HTTP/1.1.
        // What opens later is fetched together, and compresses better as one.
        codeSplitting: {
          groups: [
            { name: "shared", test: isShared, priority: 2 },
            { name: "later", test: isLater, priority: 1 },
          ],
        },
      },
    },
  },
});

/** Parts of the shared code that load on demand have files of their own. */
function isShared(id: string): boolean {
  if (/\/panel\/src\/actions\/limits\.ts$|vite\/preload-helper/.test(id)) return true;
  if (
    /\/(live|liveStream|stream|pseudo|marks|changes|summary)\.ts$|\/(identity|fixtures|actions|cards)\/|\/client\/src\/(?!(error|refs|send|answers|context)\.)|\/messages\/(?!en\.json)/.test(
      id,
    )
  )
    return false;
  return /\/shared\/(panel|client)\/src\/|\/apps\/zendesk\/src\/(ui\/(Icon|elements|Provenance|OutLink|olderEventsScope|focus|theme|SchemeContext|changedClass|CopyButton)|session\/pageSession)\./.test(
    id,
  );
}

/** The parts of `ui/lateParts.ts`, with Garden. */
function isLater(id: string): boolean {
  return /\/apps\/zendesk\/src\/(ui\/(InsertPreview|Identity|SectionContent|Candidates|GardenTheme|ItemList|Item|OlderEvents|Rows|Usage)\.tsx|actions\/(parts\.ts|(ActionForms|FollowUp|FormBox|FormFoot|Notes|Reveal)\.tsx))/.test(
    id,
  );
}

/** Names what draws the first screen in the page, so that the browser loads it together with what calls the API. */
function preloadFirstScreen(): Plugin {
  return {
    name: "sidelight:preload-first-screen",
    transformIndexHtml: {
      order: "post",
      handler: (html, { bundle }) => {
        const chunks = Object.values(bundle ?? {}).filter((file) => file.type === "chunk");
        const firstScreen = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith("/src/mount.tsx"));
        const names = firstScreen ? [firstScreen.fileName, ...firstScreen.imports] : [];
        return names
          .filter((name) => !html.includes(name))
          .map((name) => ({
            tag: "link",
            attrs: { rel: "modulepreload", crossorigin: true, href: `./${name}` },
            injectTo: "head",
          }));
      },
    },
  };
}
