import { readFileSync } from "node:fs";
import { ApexErrorListener, ApexParserFactory } from "@apexdevtools/apex-parser";
import { sectionNames } from "@sidelight/contracts/context/sections.ts";
import { describe, expect, it } from "vitest";
import { metadata, root, sources } from "./support/project.ts";

const classes = sources(".cls");
const source = (name: string): string => readFileSync(`${root}/classes/${name}.cls`, "utf8");

/** What the platform's compiler would refuse at first sight; what it means can only be tried in an org. */
function syntaxErrors(text: string): string[] {
  const errors: string[] = [];
  class Collector extends ApexErrorListener {
    apexSyntaxError(line: number, column: number, message: string): void {
      errors.push(`${line}:${column} ${message}`);
    }
  }
  const { parser } = ApexParserFactory.createLexerAndParser(text, new Collector());
  parser.compilationUnit();
  return errors;
}

describe("Apex", () => {
  it("notices a syntax error at all", () => {
    expect(syntaxErrors("public class A { void b() { return } }")).not.toEqual([]);
  });

  it.each(classes)("$path parses", ({ text }) => {
    expect(syntaxErrors(text)).toEqual([]);
  });

  it.each(classes)("$path has its metadata, at the project's API version", ({ path }) => {
    const project = JSON.parse(readFileSync(`${root}/../../../sfdx-project.json`, "utf8")) as { sourceApiVersion: string };
    expect(metadata(`${path}-meta.xml`)).toMatchObject({ apiVersion: project.sourceApiVersion, status: "Active" });
  });

  const shipped = classes.filter(({ text }) => !text.startsWith("@IsTest"));

  it.each(shipped.filter(({ path }) => !path.endsWith("_Test.cls") && !path.endsWith("Mock.cls")))(
    "$path shares as the user does and queries in user mode",
    ({ text }) => {
      expect(text).toMatch(/public with sharing class/);
      expect(text).not.toMatch(/without sharing|SYSTEM_MODE|Database\.query/);
      for (const [query] of text.matchAll(/\[SELECT[^\]]+\]/g)) expect(query).toContain("WITH USER_MODE");
    },
  );

  it("offers every method uncached and lets nothing out but what the panel may see", () => {
    const methods = [
      ...source("SidelightController").matchAll(
        /@AuraEnabled\(cacheable=false\)\s+public static (\w+) (\w+)\(([^)]*)\) \{\s+(\w+)/g,
      ),
    ];
    expect(methods.map(([, type, name]) => `${type} ${name}`)).toEqual([
      "SidelightAnswer getContext",
      "SidelightAnswer getSections",
      "SidelightAnswer refresh",
    ]);
    expect(methods.every(([, , , , first]) => first === "try")).toBe(true);
  });

  it("knows the sections that the contract knows", () => {
    const [, list] = /SECTION_NAMES = new Set<String>\{([^}]+)\}/.exec(source("SidelightController")) ?? [];
    expect(list?.match(/\w+/g)).toEqual([...sectionNames]);
  });

  it("notifies as the server reads it: the same headers, as many events, and the published signature", () => {
    const repository = new URL("../../../", import.meta.url);
    const inlet = readFileSync(new URL("context-api/platforms/salesforce/src/webhook/callouts.ts", repository), "utf8");
    const notify = source("SidelightNotify");
    const [, most] = /\.max\((\d+)\) \}\)/.exec(inlet) ?? [];
    expect(notify).toContain(`MOST_EVENTS = ${most};`);
    for (const header of ["id", "timestamp", "signature"]) expect(notify).toContain(`setHeader('webhook-${header}'`);
    expect(notify).toContain("Crypto.generateMac('HmacSHA256'");
    const vectors = readFileSync(new URL("test/specs/standards/standard-webhooks.vectors.json", repository), "utf8");
    const [vector] = (JSON.parse(vectors) as { vectors: Record<string, string>[] }).vectors;
    const { secret, body } = vector!;
    const test = source("SidelightNotify_Test");
    expect(test).toContain(`SECRET = '${secret}'`);
    expect(test).toContain(`'${vector!["webhook-id"]}', '${vector!["webhook-timestamp"]}', '${body}'`);
    expect(test).toContain(`'${vector!["webhook-signature"]}'`);
  });

  it("sends no header that a browser made up, nor does the lab's stand-in", () => {
    const lab = readFileSync(new URL("../../../test/lab/hosts/salesforce/apex.ts", import.meta.url), "utf8");
    const [, pattern] = /SAFE_ETAG = Pattern\.compile\('(.+)'\)/.exec(source("SidelightApi")) ?? [];
    expect(lab).toContain(`safeEtag = /^${pattern!.replace("W/", "W\\/")}$/`);
    const safe = new RegExp(`^${pattern}$`);
    expect(['"gR2-x_9"', 'W/"gR2"'].every((etag) => safe.test(etag))).toBe(true);
    expect(['"a"\r\nX-Other: 1', "*", '"a", "b"', ""].some((etag) => safe.test(etag))).toBe(false);
  });

  it("waits as long as the lab's stand-in for it does", () => {
    const lab = readFileSync(new URL("../../../test/lab/hosts/salesforce/apex.ts", import.meta.url), "utf8");
    const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]?.replace("_", ""));
    const controller = source("SidelightController");
    expect(number(lab, /firstDeadline = ([\d_]+)/)).toBe(number(controller, /FIRST_DEADLINE_MS = (\d+)/));
    expect(number(lab, /followUpDeadline = ([\d_]+)/)).toBe(number(controller, /FOLLOW_UP_DEADLINE_MS = (\d+)/));
  });
});
