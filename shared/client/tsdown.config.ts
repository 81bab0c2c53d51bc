import { defineConfig } from "tsdown";

// One file of JavaScript and one of types. The contracts are not published on their own, so they are bundled.
export default defineConfig({
  entry: { index: "src/index.ts", lean: "src/lean.ts" },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  dts: true,
  outDir: "dist",
  deps: { alwaysBundle: [/^@sidelight\//] },
});
