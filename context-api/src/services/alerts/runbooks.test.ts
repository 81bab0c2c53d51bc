import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { alertKinds } from "../../config/alertKinds.ts";
import { alertRules, nextActionOf, otherActions } from "./rules/index.ts";

const folder = new URL("../../../../docs/runbooks/", import.meta.url);
const headings = ["What it means", "How to check", "How to fix", "When to ignore"];
const pages = readdirSync(folder).map((file) => file.replace(/\.md$/, ""));

it("the list of kinds has each rule and each alert that is opened elsewhere, and nothing else", () => {
  const kinds = [...alertRules.map(({ kind }) => kind), ...Object.keys(otherActions)];
  expect([...kinds].sort()).toEqual([...alertKinds].sort());
});

it("every kind of alert has a runbook and a next action, and every runbook a kind", () => {
  expect(pages.sort()).toEqual([...alertKinds].sort());
  for (const kind of alertKinds) expect(nextActionOf(kind), kind).toMatch(/^[A-Z].*\.$/s);
});

it.each(pages)("the runbook %s says what it means, how to check and to fix it, and when to ignore it", (name) => {
  const [title, ...sections] = readFileSync(new URL(`${name}.md`, folder), "utf8")
    .split(/^#+ /m)
    .slice(1);
  expect(title?.trim()).toBe(name);
  expect(sections.map((section) => section.split("\n")[0])).toEqual(headings);
  for (const section of sections) expect(section.split("\n").slice(1).join(" ").trim().length, name).toBeGreaterThan(5);
});

it.each(pages)("the links of the runbook %s lead to pages that exist", (name) => {
  const text = readFileSync(new URL(`${name}.md`, folder), "utf8");
  for (const [, file = "", heading] of text.matchAll(/\]\(([^)#]+\.md)(?:#([\w-]+))?\)/g)) {
    const target = readFileSync(new URL(file, folder), "utf8");
    const slugs = [...target.matchAll(/^#+ (.+)$/gm)].map(([, words = ""]) => words.toLowerCase().replaceAll(" ", "-"));
    if (heading !== undefined) expect(slugs, `${name}: ${file}`).toContain(heading);
  }
});
