import { readFileSync } from "node:fs";
import { ApexErrorListener, ApexParserFactory } from "@apexdevtools/apex-parser";
import { sectionNames } from "@sidelight/contracts/context/sections.ts";
import { describe, expect, it } from "vitest";
import { metadata, root, sources } from "./support/project.ts";

const classes = sources(".cls");
const source = (name: string): string => readFileSync(`${root}/classes/${name}.cls`, "utf8");

/** Syntax errors as `line:column message`. Semantic errors can only be found in an org. */
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
  it("reports a syntax error", () => {
    expect(syntaxErrors("public class A { void b() { return } }")).not.toEqual([]);
  });

  it.each(classes)("$path parses", ({ text }) => {
    expect(syntaxErrors(text)).toEqual([]);
  });

  it.each(classes)("$path has metadata with the API version of the project", ({ path }) => {
    const project = JSON.parse(readFileSync(`${root}/../../../sfdx-project.json`, "utf8")) as { sourceApiVersion: string };
    expect(metadata(`${path}-meta.xml`)).toMatchObject({ apiVersion: project.sourceApiVersion, status: "Active" });
  });

  const productClasses = classes.filter(({ text }) => !text.startsWith("@IsTest"));

  it.each(productClasses.filter(({ path }) => !path.endsWith("_Test.cls") && !path.endsWith("Mock.cls")))(
    "$path is declared with sharing and queries in user mode",
    ({ path, text }) => {
      expect(text).toMatch(/public with sharing class/);
      expect(text).not.toMatch(/without sharing|Database\.query/);
      // It reads the running user's own permission sets, which user mode hides from users without access to Setup.
      if (path.endsWith("SidelightAssertion.cls")) expect(text).toMatch(/AssigneeId = :UserInfo\.getUserId\(\)[^\]]+SYSTEM_MODE/);
      else expect(text).not.toContain("SYSTEM_MODE");
      for (const [query] of text.matchAll(/\[SELECT[^\]]+\]/g)) expect(query).toContain("WITH USER_MODE");
    },
  );

  it.each([
    ["SidelightController", ["getContext", "getSections", "refresh"]],
    ["SidelightCards", ["getCards"]],
    ["SidelightIdentity", ["getIdentity", "change"]],
    ["SidelightTimeline", ["getEvents"]],
    ["SidelightActions", ["take", "getAction", "getPins"]],
    ["SidelightCustomers", ["getMyAccounts"]],
  ])("%s does not cache its methods and catches every exception", (name, methodNames) => {
    const methods = [
      ...source(name).matchAll(/@AuraEnabled\(cacheable=false\)\s+public static (\w+) (\w+)\(([^)]*)\) \{\s+(\w+)/g),
    ];
    expect(methods.map(([, type, method]) => `${type} ${method}`)).toEqual(
      methodNames.map((method) => `SidelightResponse ${method}`),
    );
    expect(methods.every(([, , , , first]) => first === "try")).toBe(true);
  });

  it("accepts every section name and nothing that changes the URL, like the lab's simulation", () => {
    const lab = readFileSync(new URL("../../../test/lab/hosts/salesforce/apex.ts", import.meta.url), "utf8");
    const [, pattern] = /SECTION_NAME = Pattern\.compile\('(.+)'\)/.exec(source("SidelightController")) ?? [];
    expect(lab).toContain(`sectionName = /^${pattern}$/`);
    const sectionName = new RegExp(`^${pattern}$`);
    expect([...sectionNames, "billing"].every((name) => sectionName.test(name))).toBe(true);
    expect(["x&y", "a b", "A", "", "account,support"].some((name) => sectionName.test(name))).toBe(false);
  });

  it("sends notifications with the headers, the event limit and the signature that the server expects", () => {
    const repository = new URL("../../../", import.meta.url);
    const webhookSource = readFileSync(new URL("context-api/platforms/salesforce/src/webhook/callouts.ts", repository), "utf8");
    const notify = source("SidelightNotify");
    const [, maxEvents] = /\.max\((\d+)\) \}\)/.exec(webhookSource) ?? [];
    expect(notify).toContain(`MAX_EVENTS = ${maxEvents};`);
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

  it("accepts only valid ETags, like the lab's simulation", () => {
    const lab = readFileSync(new URL("../../../test/lab/hosts/salesforce/apex.ts", import.meta.url), "utf8");
    const [, pattern] = /SAFE_ETAG = Pattern\.compile\('(.+)'\)/.exec(source("SidelightApi")) ?? [];
    expect(lab).toContain(`safeEtag = /^${pattern!.replace("W/", "W\\/")}$/`);
    const safeEtag = new RegExp(`^${pattern}$`);
    expect(['"gR2-x_9"', 'W/"gR2"'].every((etag) => safeEtag.test(etag))).toBe(true);
    expect(['"a"\r\nX-Other: 1', "*", '"a", "b"', ""].some((etag) => safeEtag.test(etag))).toBe(false);
  });

  it("signs the claims that the lab's simulation signs, for the audience and the time that the server expects", () => {
    const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
    const assertion = source("SidelightAssertion");
    const lab = read("test/lab/hosts/salesforce/assertion.ts");
    const server = read("context-api/platforms/salesforce/src/panelSignIn.ts");
    const claimNames = [...assertion.matchAll(/^ {12}'(\w+)' =>/gm)].map(([, name]) => name);
    expect(claimNames).toHaveLength(11);
    for (const name of claimNames) expect(lab).toMatch(new RegExp(`\\b${name}\\b`));
    const [, audience = ""] = /AUDIENCE = '([^']+)'/.exec(assertion) ?? [];
    for (const text of [server, lab]) expect(text).toContain(`"${audience}"`);
    const [, lifeSeconds = ""] = /LIFE_SECONDS = (\d+)/.exec(assertion) ?? [];
    expect(lab).toContain(`exp: seconds + ${lifeSeconds}`);
    expect(server).toContain(`maxAgeMs = ${lifeSeconds}_000`);
    expect(source("SidelightApi")).toContain("setHeader('x-sidelight-assertion', assertion)");
  });

  it("passes on the same fields of each action as the lab's simulation", () => {
    const lab = readFileSync(new URL("../../../test/lab/hosts/salesforce/apex.ts", import.meta.url), "utf8");
    const [, labFields = ""] = /actionFields[^=]*= \{([^}]+)\}/.exec(lab) ?? [];
    const [, apexFields = ""] =
      /FIELDS = new Map<String, Set<String>>\{([\s\S]+?)\n {4}\};/.exec(source("SidelightActions")) ?? [];
    const labActions = [...labFields.matchAll(/"?([\w-]+)"?: \[([^\]]+)\]/g)];
    const apexActions = [...apexFields.matchAll(/'([\w-]+)' => new Set<String>\{([^}]+)\}/g)];
    const namesOf = ([, action, fields = ""]: RegExpExecArray) => [action, ...(fields.match(/\w+/g) ?? [])].join();
    expect(apexActions).toHaveLength(5);
    expect(apexActions.map(namesOf)).toEqual(labActions.map(namesOf));
  });

  it("has the same deadlines as the lab's simulation", () => {
    const lab = readFileSync(new URL("../../../test/lab/hosts/salesforce/apex.ts", import.meta.url), "utf8");
    const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]?.replace("_", ""));
    const controller = source("SidelightController");
    expect(number(lab, /firstDeadline = ([\d_]+)/)).toBe(number(controller, /FIRST_DEADLINE_MS = (\d+)/));
    expect(number(lab, /followUpDeadline = ([\d_]+)/)).toBe(number(controller, /FOLLOW_UP_DEADLINE_MS = (\d+)/));
  });
});
