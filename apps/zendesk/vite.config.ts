import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const slim = (name: string): string => fileURLToPath(new URL(`src/slim/${name}.ts`, import.meta.url));

/** Zendesk serves an app's `assets/` folder flat and from any path, so every address in the build is relative. */
export default defineConfig({
  root: fileURLToPath(new URL("./", import.meta.url)),
  base: "./",
  plugins: [react()],
  resolve: {
    // Smaller substitutes: the first load may weigh 95 kB. Garden uses a few functions of the first three; the SDK uses the last
    // one only in a browser without promises.
    alias: [
      { find: "lodash.get", replacement: slim("lodash.get") },
      { find: "lodash.memoize", replacement: slim("lodash.memoize") },
      { find: "polished", replacement: slim("polished") },
      { find: "./vendor/native-promise-only", replacement: slim("native-promise-only") },
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
  },
});
