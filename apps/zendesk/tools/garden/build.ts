import { fileURLToPath } from "node:url";
import { build } from "vite";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * A script that draws the components of Garden that the app has.
 * @param isSlim with the substitutes of the app; otherwise with the libraries themselves
 */
export async function gardenSamples({ isSlim }: { isSlim: boolean }): Promise<string> {
  const result = await build({
    configFile: isSlim ? path("../../vite.config.ts") : false,
    root: path("."),
    mode: "production",
    logLevel: "error",
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    // Also where a test runner sets NODE_ENV: React's production build has no development JSX.
    oxc: { jsx: { runtime: "automatic", development: false } },
    build: { write: false, target: "es2022", rolldownOptions: { input: path("samples.tsx") } },
  });
  const [bundle] = Array.isArray(result) ? result : [result];
  const [chunk] = bundle && "output" in bundle ? bundle.output : [];
  if (chunk?.type !== "chunk" || chunk.imports.length > 0) throw new Error("The build of the samples is not one script.");
  return chunk.code;
}
