import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { icons } from "../../../test/lab/hosts/salesforce/stubs/index.ts";
import { mentions, metadata, names, root, sources } from "./support/project.ts";

const bundles = readdirSync(`${root}/lwc`, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const scripts = sources(".js").filter(({ path }) => path.startsWith("lwc/"));
const templates = sources(".html");
const written = scripts.filter(({ path }) => !path.endsWith("sidelightModel.js"));

describe("metadata", () => {
  it.each(sources("-meta.xml"))("$path is well-formed", ({ path, text }) => {
    expect(text).toContain('xmlns="http://soap.sforce.com/2006/04/metadata"');
    expect(() => metadata(path)).not.toThrow();
  });

  it.each(names("permissionsets", ".permissionset-meta.xml"))("permission set %s grants what exists", (name) => {
    const set = metadata(`permissionsets/${name}.permissionset-meta.xml`);
    for (const access of set["classAccesses"] ?? []) expect(names("classes", ".cls")).toContain(access["apexClass"]);
    for (const { field } of (set["fieldPermissions"] ?? []) as unknown as { field: string }[]) {
      const [object, api] = field.split(".");
      // Fields of tasks are defined on Activity and granted on Task.
      expect(existsSync(`${root}/objects/${object === "Task" ? "Activity" : object}/fields/${api}.field-meta.xml`)).toBe(true);
    }
    for (const permission of set["customPermissions"] ?? []) {
      expect(names("customPermissions", ".customPermission-meta.xml")).toContain(permission["name"]);
    }
    for (const access of set["externalCredentialPrincipalAccesses"] ?? [])
      expect(principals()).toContain(access["externalCredentialPrincipal"]);
  });

  it("lets a user of the panel call the API through the org's key", () => {
    const user = metadata("permissionsets/Sidelight_User.permissionset-meta.xml");
    expect(user["classAccesses"]).toEqual([{ apexClass: "SidelightController", enabled: "true" }]);
    expect(user["externalCredentialPrincipalAccesses"]).toEqual([
      { enabled: "true", externalCredentialPrincipal: "Sidelight-Panel" },
    ]);
    expect(user["fieldPermissions"]).toEqual(
      ["Account.Sidelight_Highest_Priority__c", "Account.Sidelight_Open_Tickets__c"].map((field) => ({
        ...{ editable: "false", readable: "true" },
        field,
      })),
    );
  });

  it("lets whoever's changes are told notify Sidelight, and nothing else", () => {
    const notify = metadata("permissionsets/Sidelight_Notify.permissionset-meta.xml");
    expect(notify["classAccesses"]).toEqual([{ apexClass: "SidelightNotify", enabled: "true" }]);
    expect(notify["externalCredentialPrincipalAccesses"]).toEqual([
      { enabled: "true", externalCredentialPrincipal: "Sidelight_Notify-Webhook" },
    ]);
    // Who could read the setting, could sign.
    for (const { path, text } of sources(".permissionset-meta.xml")) expect(text, path).not.toContain("Sidelight_Settings__c");
  });

  it("holds the signing secret in a protected setting, and no value of it", () => {
    const setting = metadata("objects/Sidelight_Settings__c/Sidelight_Settings__c.object-meta.xml");
    expect(setting).toMatchObject({ customSettingsType: "Hierarchy", visibility: "Protected" });
    const field = metadata("objects/Sidelight_Settings__c/fields/Signing_Secret__c.field-meta.xml");
    expect(field["defaultValue"]).toBeUndefined();
    const used = mentions(sources(".cls"), /Sidelight_Settings__c\.getOrgDefaults\(\)\.(\w+)/g);
    expect(used).toEqual(["Signing_Secret__c"]);
  });

  it.each(names("namedCredentials", ".namedCredential-meta.xml"))("named credential %s leads somewhere safe", (name) => {
    const named = metadata(`namedCredentials/${name}.namedCredential-meta.xml`);
    const [url, authentication] = named["namedCredentialParameters"]!;
    expect(url!["parameterValue"]).toMatch(/^https:/);
    expect(names("externalCredentials", ".externalCredential-meta.xml")).toContain(authentication!["externalCredential"]);
  });

  it("names credentials that exist, and keeps no secret", () => {
    const external = metadata("externalCredentials/Sidelight.externalCredential-meta.xml");
    const header = [...external["externalCredentialParameters"]!].find(
      (parameter) => parameter["parameterName"] === "Authorization",
    );
    expect(header).toMatchObject({ parameterType: "AuthHeader", parameterValue: "{!'Bearer ' & $Credential.Sidelight.ApiKey}" });
    const known = names("namedCredentials", ".namedCredential-meta.xml");
    expect([...new Set(mentions(sources(".cls"), /callout:(\w+)/g))].sort()).toEqual(known.sort());
  });

  it.each(["Activity", "Case"])("gives %s an external id that is unique", (object) => {
    const field = metadata(`objects/${object}/fields/Sidelight_External_Id__c.field-meta.xml`);
    expect(field).toMatchObject({ externalId: "true", unique: "true", type: "Text" });
  });

  it("names the severities of tickets as they are written", () => {
    const field = metadata("objects/Account/fields/Sidelight_Highest_Priority__c.field-meta.xml");
    const values = [...field["valueSet"]!["valueSetDefinition"]!["value"]!] as unknown as { fullName: string }[];
    expect(values.map(({ fullName }) => fullName)).toEqual(["urgent", "high", "normal", "low"]);
  });

  it("has every label that is used, and uses every label it has", () => {
    const labels = [...metadata("labels/CustomLabels.labels-meta.xml")["labels"]!];
    const used = [...mentions(sources(".cls"), /\bLabel\.(\w+)/g), ...mentions(written, /@salesforce\/label\/c\.(\w+)/g)];
    expect([...new Set(used)].sort()).toEqual(labels.map((label) => label["fullName"]).sort());
    for (const label of labels) expect(label["value"]!.length).toBeLessThanOrEqual(1000);
  });
});

describe("component bundles", () => {
  it.each(bundles)("%s is complete", (name) => {
    const meta = metadata(`lwc/${name}/${name}.js-meta.xml`);
    expect(meta["apiVersion"]).toBe("67.0");
    expect(meta["isExposed"]).toBe(String(name === "sidelightPanel"));
    const generated = name === "sidelightModel";
    expect(generated || existsSync(`${root}/lwc/${name}/${name}.js`) || existsSync(`${root}/lwc/${name}/${name}.css`)).toBe(true);
  });

  it("puts the panel on the record pages of five objects, on desks and phones", () => {
    const meta = metadata("lwc/sidelightPanel/sidelightPanel.js-meta.xml");
    expect(meta["targets"]!["target"]).toEqual(["lightning__RecordPage"]);
    const config = meta["targetConfigs"]!["targetConfig"]!;
    expect(config["objects"]!["object"]).toEqual(["Account", "Case", "Contact", "Lead", "Opportunity"]);
    const factors = [...config["supportedFormFactors"]!["supportedFormFactor"]!].map((factor) => factor["@_type"]);
    expect(factors).toEqual(["Large", "Small"]);
  });

  it("uses only bundles, Apex methods and permissions that exist", () => {
    const kebab = (tag: string): string => tag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const inTemplates = mentions(templates, /<c-([a-z-]+)/g).map(kebab);
    const imported = [...mentions(written, /from "c\/(\w+)"/g), ...mentions(sources(".css"), /@import "c\/(\w+)"/g)];
    for (const name of [...inTemplates, ...imported]) expect(bundles).toContain(name);
    const controller = readFileSync(`${root}/classes/SidelightController.cls`, "utf8");
    for (const method of mentions(written, /@salesforce\/apex\/SidelightController\.(\w+)/g)) {
      expect(controller).toMatch(new RegExp(`@AuraEnabled\\(cacheable=false\\)\\s+public static SidelightAnswer ${method}\\(`));
    }
    for (const permission of mentions(written, /@salesforce\/customPermission\/(\w+)/g)) {
      expect(names("customPermissions", ".customPermission-meta.xml")).toContain(permission);
    }
  });

  it("draws text as text", () => {
    for (const { path, text } of [...written, ...templates]) {
      expect(text, path).not.toMatch(/lwc:dom|lwc:inner-html|innerHTML|insertAdjacentHTML|lightning-formatted-rich-text/);
    }
  });

  it("draws only icons that the lab has compiled", () => {
    const used = [...mentions(templates, /icon-name="([\w:]+)"/g), ...iconNames().map((name) => `utility:${name}`)];
    for (const icon of used) expect(icons).toContain(icon);
  });

  it("takes its colours from styling hooks alone, each with what SLDS 1 looks like", () => {
    for (const { path, text } of sources(".css")) {
      if (!path.endsWith("sidelightStyles.css"))
        expect(text.replace(/var\([^)]*\)/g, ""), path).not.toMatch(/#[0-9a-f]{3,8}\b|rgb\(/i);
      for (const [hook] of text.matchAll(/var\(--slds-g-[\w-]+\)/g)) expect.fail(`${path}: ${hook} has no fallback`);
    }
  });
});

/** `<external credential>-<principal>`, as a permission set names it. */
function principals(): string[] {
  return names("externalCredentials", ".externalCredential-meta.xml").flatMap((credential) =>
    [...metadata(`externalCredentials/${credential}.externalCredential-meta.xml`)["externalCredentialParameters"]!]
      .filter((parameter) => parameter["parameterType"] === "NamedPrincipal")
      .map((parameter) => `${credential}-${parameter["parameterName"]}`),
  );
}

function iconNames(): string[] {
  const { text } = scripts.find(({ path }) => path.endsWith("sidelightIcons.js"))!;
  return mentions([{ path: "", text }], /: "(\w+)",/g);
}
