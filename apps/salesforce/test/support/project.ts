import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { XMLParser, XMLValidator } from "fast-xml-parser";

export const root = fileURLToPath(new URL("../../force-app/main/default", import.meta.url));

export interface Source {
  /** Relative to force-app/main/default. */
  path: string;
  text: string;
}

/** Every file of the project whose name ends so. */
export function sources(...endings: string[]): Source[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, "utf8") }));
}

export type Xml = { [name: string]: Xml } & Xml[] & string;

const repeated = new Set([
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
const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, isArray: (name) => repeated.has(name) });

/** A metadata file's root element; throws when it is not well-formed. */
export function metadata(path: string): Xml {
  const text = readFileSync(`${root}/${path}`, "utf8");
  const checked = XMLValidator.validate(text);
  if (checked !== true) throw new Error(`${path}: ${checked.err.msg}`);
  const { "?xml": _declaration, ...elements } = parser.parse(text) as Record<string, Xml>;
  return Object.values(elements)[0]!;
}

/** The names that a folder holds, without the endings. */
export function names(folder: string, ending: string): string[] {
  return readdirSync(`${root}/${folder}`)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length));
}

/** All matches of a pattern's first group in some files. */
export function mentions(files: Source[], pattern: RegExp): string[] {
  return files.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, found]) => found ?? ""));
}
