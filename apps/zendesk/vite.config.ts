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
    // Garden needs a few lines of each; whole, they take 2.3 kB of the 95 kB that the first load may weigh.
    alias: { "lodash.get": slim("lodash.get"), "lodash.memoize": slim("lodash.memoize") },
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
