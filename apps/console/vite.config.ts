import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The API serves the build at `/console`. It replaces the nonce in each answer, see context-api/src/http/console/routes.ts. */
export default defineConfig({
  root: fileURLToPath(new URL("./", import.meta.url)),
  base: "/console/",
  plugins: [react()],
  html: { cspNonce: "{{nonce}}" },
  publicDir: false,
  logLevel: "warn",
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  build: { outDir: "dist", emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
