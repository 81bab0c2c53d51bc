/**
 * Bundles the shared view-model into the one generated module of the project, `c/sidelightModel`.
 * Run before a deployment, a package or a build of the lab's page; the file is not committed.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";

const entry = fileURLToPath(new URL("./model-entry.ts", import.meta.url));
const target = fileURLToPath(new URL("../force-app/main/default/lwc/sidelightModel/sidelightModel.js", import.meta.url));
const banner = "// Generated from shared/panel/src by apps/salesforce/tools/build-model.ts. Change it there.\n";

/** @returns the generated source */
export async function buildModel({ write = true }: { write?: boolean } = {}): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [shownHere],
    build: {
      write: false,
      // What the platform's own compiler reads without complaint.
      target: "es2022",
      // An admin reads in the org what runs in the org.
      minify: false,
      lib: { entry, formats: ["es"] },
    },
  });
  const [bundle] = Array.isArray(result) ? result : [result];
  if (!bundle || !("output" in bundle)) throw new Error("the view-model's build gave no bundle");
  // Its comments name each file from where the build was started: the same output wherever that is.
  const source = banner + bundle.output[0].code.replace(/^\/\/ (?:\.\.\/)+(?=shared\/)/gm, "// ");
  if (write && !(existsSync(target) && readFileSync(target, "utf8") === source)) {
    // By rename: another build may be reading the file right now.
    writeFileSync(`${target}.${process.pid}`, source);
    renameSync(`${target}.${process.pid}`, target);
  }
  return source;
}

/** Texts of what Zendesk alone has: its editor, its new tickets, its settings. In their place stands nothing. */
const elsewhere = /^(insert|summary|notice\.(not_in_host|waiting))\.|^notice\.unconfigured\.\w+_/;

const shownHere: Plugin = {
  name: "sidelight:texts-shown-here",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/messages/en.json")) return;
    const texts = Object.entries(JSON.parse(code) as Record<string, string>);
    return { code: JSON.stringify(Object.fromEntries(texts.filter(([key]) => !elsewhere.test(key)))), map: null };
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = await buildModel();
  console.log(`sidelightModel.js ${(source.length / 1024).toFixed(1)} kB`);
}
