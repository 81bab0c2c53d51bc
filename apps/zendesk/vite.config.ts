import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Zendesk serves an app's `assets/` folder flat and from any path, so every address in the build is relative. */
export default defineConfig({
  root: path("./"),
  base: "./",
  plugins: [react(), preloadFirstScreen()],
  resolve: {
    // Smaller substitutes. Garden uses a few functions of the first three; the SDK uses the last one only in a browser without
    // promises.
    alias: [
      { find: "lodash.get", replacement: path("src/slim/lodash.get.ts") },
      { find: "lodash.memoize", replacement: path("src/slim/lodash.memoize.ts") },
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
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        // What both entries of the first screen share is one file: each file costs a round trip over HTTP/1.1.
        codeSplitting: { groups: [{ name: "shared", test: isShared }] },
      },
    },
  },
});

/** Parts of the shared code that load on demand have files of their own. */
function isShared(id: string): boolean {
  if (
    /\/(live|liveStream|stream|pseudo|marks|changes|summary)\.ts$|\/(identity|fixtures|actions)\/|\/client\/src\/(?!(error|refs|send|answers|context|lean)\.)|\/messages\/(?!en\.json)/.test(
      id,
    )
  )
    return false;
  return /\/shared\/(panel|client)\/src\/|\/apps\/zendesk\/src\/(ui\/(Icon|elements|focus|theme|SchemeContext|changedClass|CopyButton)|session\/pageSession)\./.test(
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
