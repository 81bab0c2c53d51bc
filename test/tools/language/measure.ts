/**
 * `npm run lint` ends with this: it counts names and words that a reader has to read twice, prints the counts and fails above the
 * limits. Neither Biome nor knip counts words.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { bannedNames, bannedPrefixes, clearNamesInEd, oddWords, vagueNames } from "./words.ts";

interface Finding {
  file: string;
  line: number;
  text: string;
  use: string;
}

interface Counts {
  localNames: number;
  vagueLocalNames: Finding[];
  banned: Finding[];
  commentWords: number;
  oddCommentWords: Finding[];
  docWords: number;
  oddDocWords: Finding[];
  assertions: Finding[];
}

const limits = { vagueShare: 0.015, oddPerThousand: 3, assertions: 20 };
const root = fileURLToPath(new URL("../../..", import.meta.url));
const verbose = process.argv.includes("--list");
const counts: Counts = {
  localNames: 0,
  vagueLocalNames: [],
  banned: [],
  commentWords: 0,
  oddCommentWords: [],
  docWords: 0,
  oddDocWords: [],
  assertions: [],
};

for (const file of trackedFiles()) {
  const text = readFileSync(join(root, file), "utf8");
  if (file.endsWith(".md")) measureDoc(file, text);
  else measureSource(file, text);
}
process.exitCode = report();

function trackedFiles(): string[] {
  const { stdout } = spawnSync("git", ["ls-files", "*.ts", "*.tsx", "*.md"], { cwd: root, encoding: "utf8" });
  const excluded = ["test/specs/", "test/tools/language/", "CHANGELOG.md"];
  const isMeasured = (file: string) => file !== "" && !excluded.some((prefix) => file.startsWith(prefix));
  // A file that was deleted and not committed yet is still listed.
  return stdout.split("\n").filter((file) => isMeasured(file) && existsSync(join(root, file)));
}

function measureDoc(file: string, text: string): void {
  const prose = text.replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, " ")).replace(/`[^`\n]*`/g, " ");
  counts.docWords += wordsOf(prose).length;
  counts.oddDocWords.push(...oddWordsIn(file, prose, 0, text));
}

function measureSource(file: string, text: string): void {
  const { program, comments } = parseSync(file, text);
  for (const comment of comments) {
    counts.commentWords += wordsOf(comment.value).length;
    counts.oddCommentWords.push(...oddWordsIn(file, comment.value, comment.start, text));
  }
  const isProduct = !/(^test\/|\.test\.tsx?$|\/test\/|\/testing\/)/.test(file);
  visit(program, (node) => {
    if (node.type === "TSNonNullExpression" && isProduct)
      counts.assertions.push(finding(file, text, node.start, "!", "a check or a type"));
    for (const name of bindingsOf(node)) addLocalName(file, text, name);
  });
}

function addLocalName(file: string, text: string, { name, start }: Identifier): void {
  counts.localNames += 1;
  const isVague = vagueNames.has(name) || (/^[a-z]{2,}ed$/.test(name) && !clearNamesInEd.has(name));
  if (isVague) counts.vagueLocalNames.push(finding(file, text, start, name, "a noun"));
  const banned = Object.hasOwn(bannedNames, name)
    ? bannedNames[name]
    : bannedPrefixes.find(({ prefix }) => prefix.test(name))?.use;
  if (banned !== undefined) counts.banned.push(finding(file, text, start, name, banned));
}

interface Node {
  type: string;
  start: number;
  [key: string]: unknown;
}
interface Identifier extends Node {
  name: string;
}

/** The names that a variable declaration or a function's parameters introduce. */
function bindingsOf(node: Node): Identifier[] {
  if (node.type === "VariableDeclarator") return identifiersIn(node["id"] as Node);
  const isFunction = /^(Function|ArrowFunction)/.test(node.type);
  if (!isFunction) return [];
  const { params } = node as unknown as { params: Node[] | { items: Node[] } };
  return (Array.isArray(params) ? params : params.items).flatMap(identifiersIn);
}

function identifiersIn(pattern: Node | null | undefined): Identifier[] {
  if (!pattern) return [];
  switch (pattern.type) {
    case "Identifier":
      return [pattern as Identifier];
    case "ObjectPattern":
      // A shorthand takes the name of the member that it reads: the member's declaration is where it is named.
      return (pattern["properties"] as Node[]).flatMap((property) =>
        property.type === "RestElement"
          ? identifiersIn(property["argument"] as Node)
          : property["shorthand"]
            ? []
            : identifiersIn(property["value"] as Node),
      );
    case "ArrayPattern":
      return (pattern["elements"] as (Node | null)[]).flatMap(identifiersIn);
    case "AssignmentPattern":
      return identifiersIn(pattern["left"] as Node);
    case "RestElement":
      return identifiersIn(pattern["argument"] as Node);
    case "FormalParameter":
      return identifiersIn(pattern["pattern"] as Node);
    default:
      return [];
  }
}

function visit(node: unknown, enter: (node: Node) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, enter);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  if (typeof (node as Node).type === "string") enter(node as Node);
  for (const value of Object.values(node)) visit(value, enter);
}

function wordsOf(text: string): string[] {
  return text.match(/[A-Za-zÀ-ÿ']+/g) ?? [];
}

function oddWordsIn(file: string, prose: string, offset: number, text: string): Finding[] {
  return [...prose.matchAll(/[A-Za-zÀ-ÿ']+/g)].flatMap((match) => {
    const word = match[0].toLowerCase();
    return Object.hasOwn(oddWords, word) ? [finding(file, text, offset + match.index, word, oddWords[word] ?? "")] : [];
  });
}

function finding(file: string, text: string, start: number, word: string, use: string): Finding {
  return { file, line: text.slice(0, start).split("\n").length, text: word, use };
}

function report(): number {
  const share = counts.vagueLocalNames.length / counts.localNames;
  const perThousand = (odd: Finding[], words: number) => (odd.length * 1000) / words;
  const rows = [
    {
      name: "vague local names",
      value: share * 100,
      limit: limits.vagueShare * 100,
      unit: "%",
      findings: counts.vagueLocalNames,
    },
    { name: "banned names", value: counts.banned.length, limit: 0, unit: "", findings: counts.banned },
    {
      name: "odd words in comments",
      value: perThousand(counts.oddCommentWords, counts.commentWords),
      limit: limits.oddPerThousand,
      unit: "‰",
      findings: counts.oddCommentWords,
    },
    {
      name: "odd words in documentation",
      value: perThousand(counts.oddDocWords, counts.docWords),
      limit: limits.oddPerThousand,
      unit: "‰",
      findings: counts.oddDocWords,
    },
    {
      name: "non-null assertions in the product",
      value: counts.assertions.length,
      limit: limits.assertions,
      unit: "",
      findings: counts.assertions,
    },
  ];
  for (const { name, value, limit, unit, findings } of rows) {
    const isOver = value > limit;
    console.log(
      `${isOver ? "over " : "ok   "} ${name}: ${Number(value.toFixed(2))} ${unit} (limit ${limit} ${unit}; ${findings.length})`,
    );
    if (verbose || (isOver && findings.length <= 40))
      for (const { file, line, text, use } of findings) console.log(`       ${file}:${line}: ${text}; use ${use}`);
  }
  if (rows.some(({ value, limit }) => value > limit)) {
    console.log("node test/tools/node24.mjs test/tools/language/measure.ts --list prints every finding");
    return 1;
  }
  return 0;
}
