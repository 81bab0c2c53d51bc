import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface PackageManifest {
  name?: string;
  version?: string;
  license?: string;
  author?: string | { name: string };
}

/** One text with the license of every package that these files belong to. @throws for a package that states none */
export function licenseTexts(files: readonly string[]): string {
  const packages = new Map<string, string>();
  for (const file of files) {
    const owner = packageOf(file);
    if (!owner) throw new Error(`${file} belongs to no package.`);
    const { folder, manifest } = owner;
    packages.set(`${manifest.name} ${manifest.version}`, licenseOf(folder, manifest));
  }
  const sections = [...packages].sort(([a], [b]) => (a < b ? -1 : 1));
  return sections.map(([title, text]) => `${title}\n${"-".repeat(title.length)}\n\n${text.trim()}\n`).join("\n\n");
}

/** The nearest folder above a file whose manifest has a name: some packages have manifests without one inside. */
function packageOf(file: string): { folder: string; manifest: PackageManifest } | null {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "package.json");
    if (!existsSync(path)) continue;
    const manifest = JSON.parse(readFileSync(path, "utf8")) as PackageManifest;
    if (manifest.name && manifest.version) return { folder, manifest };
  }
  return null;
}

function licenseOf(folder: string, { name, license, author }: PackageManifest): string {
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (texts.length > 0) return texts.join("\n\n");
  if (!license) throw new Error(`The package ${name} states no license.`);
  const holder = typeof author === "string" ? author : author?.name;
  return `License: ${license}${holder ? `\nCopyright: ${holder}` : ""}`;
}
