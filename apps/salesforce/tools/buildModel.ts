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
    plugins: [withoutZendeskTexts],
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

const withoutZendeskTexts: Plugin = {
  name: "sidelight:without-zendesk-texts",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/messages/en.json")) return;
    const texts = Object.entries(JSON.parse(code) as Record<string, string>);
    return { code: JSON.stringify(Object.fromEntries(texts.filter(([key]) => !zendeskTexts.test(key)))), map: null };
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = await buildModel();
  console.log(`sidelightModel.js ${(source.length / 1024).toFixed(1)} kB`);
}
