import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { XMLParser, XMLValidator } from "fast-xml-parser";

export const root = fileURLToPath(new URL("../../force-app/main/default", import.meta.url));

export interface Source {
  /** Relative to force-app/main/default. */
  path: string;
  text: string;
}

/** Every file of the project with one of these endings. */
export function sources(...endings: string[]): Source[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => endings.some((suffix) => path.endsWith(suffix)))
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, "utf8") }));
}

export type Xml = { [name: string]: Xml } & Xml[] & string;

const listElements = new Set([
  "applicationVisibilities",
  "classAccesses",
  "customPermissions",
  "externalCredentialParameters",
  "externalCredentialPrincipalAccesses",
  "fieldPermissions",
  "labels",
  "namedCredentialParameters",
  "object",
  "supportedFormFactor",
  "target",
]);
const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, isArray: (name) => listElements.has(name) });

/** Root element of a metadata file. Throws if the file is not well-formed. */
export function metadata(path: string): Xml {
  const text = readFileSync(`${root}/${path}`, "utf8");
  const validation = XMLValidator.validate(text);
  if (validation !== true) throw new Error(`${path}: ${validation.err.msg}`);
  const { "?xml": _declaration, ...elements } = parser.parse(text) as Record<string, Xml>;
  return Object.values(elements)[0]!;
}

/** Names of the files in a folder with this suffix, without the suffix. */
export function names(folder: string, suffix: string): string[] {
  return readdirSync(`${root}/${folder}`)
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length));
}

/** First group of every match of the pattern in the files. */
export function mentions(files: Source[], pattern: RegExp): string[] {
  return files.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, group]) => group ?? ""));
}
