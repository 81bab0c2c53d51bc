/**
 * Bundles the shared view-model and panel session into the project's generated modules, `c/sidelightModel` and, for what loads on
 * demand, `c/sidelightIdentityModel`. Run it before a deployment, a package or a build of the lab's page. The files are not committed.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";

interface Module {
  entry: string;
  target: string;
  /** Which texts it contains, by their keys. */
  hasText: (key: string) => boolean;
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const components = "../force-app/main/default/lwc";

/** Texts that only the Zendesk panel shows: editor, new tickets, settings, sessions of a browser. */
const zendeskTexts = /^(insert|summary|notice\.(not_in_host|waiting|session_expired))\.|^notice\.unconfigured\.\w+_/;
const zendeskKeys = /^(notice\.action\.reload|label\.(actions|close)|action\.insert)$/;
/** The same as `match.rule.other` makes of the rule. */
const regularRules = /^match\.rule\.(email|external_id|domain|phone|id)$/;
const unusedTexts = [zendeskTexts, zendeskKeys, regularRules, /^identity\.(?!title$)|^act\.(?!copy$|follow_up\.title$)/];
const identityTexts = /^(identity|problem)\.|^candidate\.|^action\.reason\.offline$|^label\.close$/;

const actionTexts = /^(act|problem|source|action\.reason)\.|^section\.(empty\.)?notes$|^notes\.pinned$/;

const modules: Record<"model" | "identity" | "actions", Module> = {
  model: {
    entry: file("./modelEntry.ts"),
    target: file(`${components}/sidelightModel/sidelightModel.js`),
    hasText: (key) => !unusedTexts.some((pattern) => pattern.test(key)),
  },
  identity: {
    entry: file("./identityEntry.ts"),
    target: file(`${components}/sidelightIdentityModel/sidelightIdentityModel.js`),
    hasText: (key) => identityTexts.test(key),
  },
  actions: {
    entry: file("./actionsEntry.ts"),
    target: file(`${components}/sidelightActionsModel/sidelightActionsModel.js`),
    hasText: (key) => actionTexts.test(key),
  },
};
const banner = "// Generated from shared/panel/src by apps/salesforce/tools/buildModel.ts. Edit it there.\n";

/** The languages beside English, each a module of its own. */
export const languages = ["de", "fr", "es", "ja", "ar"] as const;

const shownTexts = (key: string): boolean => Object.values(modules).some(({ hasText }) => hasText(key));

/** The module of one language, with the texts that this panel shows. */
function textsModuleOf(language: string): string {
  const allTexts = JSON.parse(readFileSync(file(`../../../shared/panel/src/messages/${language}.json`), "utf8")) as object;
  const panelTexts = Object.fromEntries(Object.entries(allTexts).filter(([key]) => shownTexts(key)));
  return `${banner}export default ${JSON.stringify(panelTexts, null, 2)};\n`;
}

/** Builds all modules. Returns the source of `c/sidelightModel`. `write: false` leaves the files as they are. */
export async function buildModel({ write = true }: { write?: boolean } = {}): Promise<string> {
  if (write) {
    for (const language of languages) {
      const name = `sidelightTexts${language.charAt(0).toUpperCase()}${language.slice(1)}`;
      replaceFile(file(`${components}/${name}/${name}.js`), textsModuleOf(language));
    }
  }
  const [model] = await Promise.all(Object.values(modules).map((module) => buildModule(module, write)));
  return model ?? "";
}

async function buildModule({ entry, target, hasText }: Module, write: boolean): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [groupedTexts(hasText)],
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
  if (write) replaceFile(target, source);
  return source;
}

/** By rename, because another build may be reading the file. */
function replaceFile(target: string, source: string): void {
  if (existsSync(target) && readFileSync(target, "utf8") === source) return;
  writeFileSync(`${target}.${process.pid}`, source);
  renameSync(`${target}.${process.pid}`, target);
}

const texts = fileURLToPath(new URL("../../../shared/panel/src/messages/en.json", import.meta.url));
const textsModule = `${texts}.js`;

/** Bundles the English texts by the beginning of their keys, which otherwise repeats in each of 350 keys. */
const groupedTexts = (hasText: Module["hasText"]): Plugin => ({
  name: "sidelight:grouped-texts",
  enforce: "pre",
  resolveId: (source) => (source.endsWith("/messages/en.json") ? textsModule : undefined),
  load(id) {
    if (id !== textsModule) return;
    this.addWatchFile(texts);
    const groups = new Map<string, Record<string, string>>();
    for (const [key, text] of Object.entries(JSON.parse(readFileSync(texts, "utf8")) as Record<string, string>)) {
      if (!hasText(key)) continue;
      const end = key.lastIndexOf(".");
      const group = key.slice(0, end);
      groups.set(group, { ...groups.get(group), [key.slice(end + 1)]: text });
    }
    return `export default Object.fromEntries(Object.entries(${JSON.stringify(Object.fromEntries(groups))}).flatMap(([group, texts]) =>
      Object.entries(texts).map(([name, text]) => [group + "." + name, text])));`;
  },
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const source = await buildModel();
  console.log(`sidelightModel.js ${(source.length / 1024).toFixed(1)} kB`);
}
