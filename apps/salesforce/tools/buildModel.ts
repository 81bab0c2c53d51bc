/**
 * Bundles the shared view-model and panel session into the project's only generated module, `c/sidelightModel`.
 * Run it before a deployment, a package or a build of the lab's page. The file is not committed.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";

const entry = fileURLToPath(new URL("./modelEntry.ts", import.meta.url));
const target = fileURLToPath(new URL("../force-app/main/default/lwc/sidelightModel/sidelightModel.js", import.meta.url));
const banner = "// Generated from shared/panel/src by apps/salesforce/tools/buildModel.ts. Edit it there.\n";

/** Returns the generated source. `write: false` leaves the file as it is. */
export async function buildModel({ write = true }: { write?: boolean } = {}): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [groupedTexts],
    build: {
      write: false,
      // The newest syntax that the platform's compiler accepts.
      target: "es2022",
      // Admins review in the org what runs in the org.
      minify: false,
      lib: { entry, formats: ["es"] },
    },
  });
  const [bundle] = Array.isArray(result) ? result : [result];
  if (!bundle || !("output" in bundle)) throw new Error("The build of the view-model returned no bundle.");
  // The comments contain paths relative to the working directory. Without it, the output is the same everywhere.
  const source = banner + bundle.output[0].code.replace(/^\/\/ (?:\.\.\/)+(?=shared\/)/gm, "// ");
  if (write && !(existsSync(target) && readFileSync(target, "utf8") === source)) {
    // Replaced by rename, because another build may be reading the file.
    writeFileSync(`${target}.${process.pid}`, source);
    renameSync(`${target}.${process.pid}`, target);
  }
  return source;
}

/** Texts that only the Zendesk panel shows: editor, new tickets, settings. They are left out of the bundle. */
const zendeskTexts = /^(insert|summary|notice\.(not_in_host|waiting))\.|^notice\.unconfigured\.\w+_/;

const texts = fileURLToPath(new URL("../../../shared/panel/src/messages/en.json", import.meta.url));
const textsModule = `${texts}.js`;

/** Bundles the English texts by the beginning of their keys, which otherwise repeats in each of 350 keys. */
const groupedTexts: Plugin = {
  name: "sidelight:grouped-texts",
  enforce: "pre",
  resolveId: (source) => (source.endsWith("/messages/en.json") ? textsModule : undefined),
  load(id) {
    if (id !== textsModule) return;
    this.addWatchFile(texts);
    const groups = new Map<string, Record<string, string>>();
    for (const [key, text] of Object.entries(JSON.parse(readFileSync(texts, "utf8")) as Record<string, string>)) {
      if (zendeskTexts.test(key)) continue;
      const end = key.lastIndexOf(".");
      const group = key.slice(0, end);
      groups.set(group, { ...groups.get(group), [key.slice(end + 1)]: text });
    }
    return `export default Object.fromEntries(Object.entries(${JSON.stringify(Object.fromEntries(groups))}).flatMap(([group, texts]) =>
      Object.entries(texts).map(([name, text]) => [group + "." + name, text])));`;
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = await buildModel();
  console.log(`sidelightModel.js ${(source.length / 1024).toFixed(1)} kB`);
}
