/**
 * Bundles the shared view-model and panel session into the project's generated modules: `c/sidelightModel` for the first screen, and
 * others for what loads later. Run it before a deployment, a package or a build of the lab's page. The files are not committed.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { pseudoLocale } from "@sidelight/panel/pseudo.ts";
import type { Messages } from "@sidelight/panel/translate.ts";
import { build, type Plugin } from "vite";

/** A generated module. */
interface Module {
  entry: string;
  target: string;
  /** Which texts it contains, by their keys. */
  hasText: (key: string) => boolean;
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const components = "../force-app/main/default/lwc";

/** Texts that only the Zendesk panel shows: editor, new tickets, settings, sessions of a browser. */
const zendeskTexts = /^(insert|summary|notice\.(not_in_host|waiting|session_expired|broken))\.|^notice\.unconfigured\.\w+_/;
const zendeskKeys = /^(notice\.action\.reload|label\.close|action\.insert)$/;
/** The same as `match.rule.other` makes of the rule. */
const regularRules = /^match\.rule\.(email|external_id|domain|phone|id)$/;
const unusedTexts = [
  /^accounts\./,
  zendeskTexts,
  zendeskKeys,
  regularRules,
  /^identity\.(?!title$)|^act\.(?!copy$|follow_up\.title$)/,
];
/** Texts that only closed sections, provenance and announced changes have. */
const lateTexts = [
  /^(calculation|card|change|event|field|list|notes|provenance|ticket|timeline)\./,
  /^account\.(?!headline\.|owner_queue$)/,
  /^announce\.updated/,
  /^product\.(?!headline\.|sessions$)/,
  /^support\.(?!count\.|no_other_open$|none_open$)/,
];
const isLate = (key: string): boolean => lateTexts.some((pattern) => pattern.test(key));
const identityTexts = /^(identity|problem)\.|^candidate\.|^action\.reason\.offline$|^label\.close$/;

/** A follow-up has one place here, and nothing is copied. */
const actionTexts =
  /^(act\.(?!copy$|follow_up\.(?:assignee|target))|problem\.|source\.|action\.reason\.)|^section\.(empty\.)?notes$|^notes\.pinned$/;

const accountTexts = /^accounts\./;

const moduleOf = (name: string, entry: string, hasText: Module["hasText"]): Module => ({
  entry: file(entry),
  target: file(`${components}/${name}/${name}.js`),
  hasText,
});

const isShown = (key: string): boolean => !unusedTexts.some((pattern) => pattern.test(key));

/** Built together: the second imports what it shares with the first. */
const firstScreen = moduleOf("sidelightModel", "./modelEntry.ts", (key) => isShown(key) && !isLate(key));
const laterParts = moduleOf("sidelightDetailsModel", "./detailsEntry.ts", (key) => isShown(key) && isLate(key));
/** Each complete in itself. */
const separateModules = [
  moduleOf("sidelightIdentityModel", "./identityEntry.ts", (key) => identityTexts.test(key)),
  moduleOf("sidelightActionsModel", "./actionsEntry.ts", (key) => actionTexts.test(key)),
  moduleOf("sidelightAccountsModel", "./accountsEntry.ts", (key) => accountTexts.test(key)),
  moduleOf("sidelightCardsModel", "./cardsEntry.ts", () => false),
];
const modules = [firstScreen, laterParts, ...separateModules];
const banner = "// Generated from shared/panel/src by apps/salesforce/tools/buildModel.ts. Edit it there.\n";

/** The languages beside English, each a module of its own. The last one is the pseudo-locale, for tests. */
export const languages = ["de", "fr", "es", "ja", "ar", "xa"] as const;

const shownTexts = (key: string): boolean => modules.some(({ hasText }) => hasText(key));

/** The module of one language, with the texts that this panel shows. */
function textsModuleOf(language: string): string {
  const source = language === "xa" ? "en" : language;
  const messages = JSON.parse(readFileSync(file(`../../../shared/panel/src/messages/${source}.json`), "utf8")) as Messages;
  const allTexts = language === "xa" ? pseudoLocale(messages) : messages;
  const panelTexts = Object.fromEntries(Object.entries(allTexts).filter(([key]) => shownTexts(key)));
  return `${banner}export default ${JSON.stringify(panelTexts, null, 2)};\n`;
}

/** Builds all modules. `write: false` leaves the files as they are. @returns the source of each, by its name */
export async function buildModel({ write = true }: { write?: boolean } = {}): Promise<Record<string, string>> {
  if (write) {
    for (const language of languages) {
      const name = `sidelightTexts${language.charAt(0).toUpperCase()}${language.slice(1)}`;
      replaceFile(file(`${components}/${name}/${name}.js`), textsModuleOf(language));
    }
  }
  const groups = [[firstScreen, laterParts], ...separateModules.map((module) => [module])];
  const sources = Object.assign({}, ...(await Promise.all(groups.map(buildTogether)))) as Record<string, string>;
  if (write) for (const module of modules) replaceFile(module.target, sources[nameOf(module)] ?? "");
  return sources;
}

const nameOf = ({ target }: Module): string => basename(target, ".js");

/** Bundles modules. What the first one contains, the others import from it. */
async function buildTogether(group: readonly Module[]): Promise<Record<string, string>> {
  const [first] = group;
  if (!first) return {};
  const sharedIds = new Set<string>();
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [groupedTexts(group), reachedFrom(first.entry, sharedIds)],
    build: {
      write: false,
      // The newest syntax that the platform's compiler accepts.
      target: "es2022",
      // Admins review in the org what runs in the org.
      minify: false,
      lib: { entry: Object.fromEntries(group.map((module) => [nameOf(module), module.entry])), formats: ["es"] },
      rolldownOptions: {
        preserveEntrySignatures: "allow-extension",
        output: {
          minifyInternalExports: false,
          codeSplitting: { groups: [{ name: nameOf(first), test: (id) => sharedIds.has(id) }] },
        },
      },
    },
  });
  const [bundle] = Array.isArray(result) ? result : [result];
  if (!bundle || !("output" in bundle)) throw new Error("The build of the view-model returned no bundle.");
  const chunks = bundle.output.flatMap((output) => (output.type === "chunk" ? [output] : []));
  return Object.fromEntries(chunks.map(({ name, code }) => [name, banner + platformSource(code)]));
}

/** Collects what an entry imports, directly and through others, before the files are cut. */
const reachedFrom = (entry: string, ids: Set<string>): Plugin => ({
  name: "sidelight:reached-from",
  buildEnd() {
    const add = (id: string): void => {
      if (ids.has(id)) return;
      ids.add(id);
      for (const imported of this.getModuleInfo(id)?.importedIds ?? []) add(imported);
    };
    add(entry);
  },
});

/**
 * Imports of other modules as the platform names them. The comments contain paths relative to the working directory: without it, the
 * output is the same everywhere.
 */
const platformSource = (code: string): string =>
  code.replace(/(?<=from ")\.\/(\w+)\.js(?=")/g, "c/$1").replace(/^\/\/ (?:\.\.\/)+(?=shared\/)/gm, "// ");

/** By rename, because another build may be reading the file. */
function replaceFile(target: string, source: string): void {
  if (existsSync(target) && readFileSync(target, "utf8") === source) return;
  writeFileSync(`${target}.${process.pid}`, source);
  renameSync(`${target}.${process.pid}`, target);
}

const texts = file("../../../shared/panel/src/messages/en.json");

/** Bundles the English texts of each module by the beginning of their keys, which otherwise repeats in each of 350 keys. */
const groupedTexts = (group: readonly Module[]): Plugin => {
  const idOf = ({ entry }: Module): string => `${texts}.${basename(entry, ".ts")}.js`;
  return {
    name: "sidelight:grouped-texts",
    enforce: "pre",
    resolveId(source, importer) {
      if (!source.endsWith("/messages/en.json")) return;
      const module = group.find(({ entry }) => entry === importer) ?? group[0];
      return module && idOf(module);
    },
    load(id) {
      const module = group.find((candidate) => idOf(candidate) === id);
      if (!module) return;
      this.addWatchFile(texts);
      return `export default Object.fromEntries(Object.entries(${JSON.stringify(textsByGroup(module))}).flatMap(([group, texts]) =>
      Object.entries(texts).map(([name, text]) => [group + "." + name, text])));`;
    },
  };
};

function textsByGroup({ hasText }: Module): Record<string, Record<string, string>> {
  const groups: Record<string, Record<string, string>> = {};
  for (const [key, text] of Object.entries(JSON.parse(readFileSync(texts, "utf8")) as Record<string, string>)) {
    if (!hasText(key)) continue;
    const end = key.lastIndexOf(".");
    const group = key.slice(0, end);
    groups[group] = { ...groups[group], [key.slice(end + 1)]: text };
  }
  return groups;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, source] of Object.entries(await buildModel()))
    console.log(`${name}.js ${(source.length / 1024).toFixed(1)} kB`);
}
