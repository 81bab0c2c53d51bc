import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = ["CONTRIBUTING.md", "README.md", "SECURITY.md"].map((name) => ({
  name,
  text: readFileSync(join(root, name), "utf8"),
}));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

/** Paths in code spans, without those that contain a placeholder. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:context-api|shared|apps|test|docs|\.ci)\/[^`\s<>*]+)`/g)].flatMap(([, path]) => path ?? []);

describe.each(pages)("$name", ({ text }) => {
  it("names only files and folders that exist", () => {
    expect(pathsIn(text).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("names only scripts of the package", () => {
    const names = [...text.matchAll(/npm run ([\w:]+)/g)].flatMap(([, name]) => name ?? []);
    expect(names.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it("links only to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].flatMap(([, path]) => path ?? []);
    expect(links.filter((path) => !existsSync(join(root, path)) && !path.endsWith("CHANGELOG.md"))).toEqual([]);
  });
});
