import { build } from "vite";
import { lwcPlugins, ownComponents } from "../../tools/lwcVite.ts";

/** Compiles and imports a module of the project that has no template. `globalThis.apexMethods` simulates Apex. */
export async function load<T>(name: string): Promise<T> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [
      {
        name: "apex",
        enforce: "pre",
        resolveId: (source) => (source.startsWith("@salesforce/apex/") ? `\0${source}` : undefined),
        load: (id) =>
          id.startsWith("\0@salesforce/apex/")
            ? `export default (parameters) => globalThis.apexMethods[${JSON.stringify(id.split(".").at(-1))}](parameters);`
            : undefined,
      },
      ...lwcPlugins({ stubs: {}, icons: [] }),
    ],
    build: {
      write: false,
      minify: false,
      rolldownOptions: { input: ownComponents()[name]!, output: { format: "es" }, preserveEntrySignatures: "strict" },
    },
  });
  const [bundle] = Array.isArray(result) ? result : [result];
  if (!bundle || !("output" in bundle)) throw new Error(`The build of ${name} returned no bundle.`);
  return import(`data:text/javascript,${encodeURIComponent(bundle.output[0].code)}`) as Promise<T>;
}
