import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { panelIcons } from "../tools/icons.ts";
import { mentions, metadata, names, root, sources } from "./support/project.ts";

const bundles = readdirSync(`${root}/lwc`, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const scripts = sources(".js").filter(({ path }) => path.startsWith("lwc/"));
const templates = sources(".html");
const sourceScripts = scripts.filter(({ path }) => !/sidelight(Identity|Actions|Accounts)?Model\.js$/.test(path));

describe("metadata", () => {
  it.each(sources("-meta.xml"))("$path is well-formed", ({ path, text }) => {
    expect(text).toContain('xmlns="http://soap.sforce.com/2006/04/metadata"');
    expect(() => metadata(path)).not.toThrow();
  });

  it.each(names("permissionsets", ".permissionset-meta.xml"))("permission set %s refers to existing components", (name) => {
    const set = metadata(`permissionsets/${name}.permissionset-meta.xml`);
    for (const access of set["classAccesses"] ?? []) expect(names("classes", ".cls")).toContain(access["apexClass"]);
    for (const { field } of (set["fieldPermissions"] ?? []) as unknown as { field: string }[]) {
      const [object, api] = field.split(".");
      // Fields of tasks are defined on Activity and their permissions on Task.
      expect(existsSync(`${root}/objects/${object === "Task" ? "Activity" : object}/fields/${api}.field-meta.xml`)).toBe(true);
    }
    for (const permission of set["customPermissions"] ?? []) {
      expect(names("customPermissions", ".customPermission-meta.xml")).toContain(permission["name"]);
    }
    for (const access of set["externalCredentialPrincipalAccesses"] ?? [])
      expect(principals()).toContain(access["externalCredentialPrincipal"]);
  });

  it("Sidelight User grants the controller, the API key and two read-only fields", () => {
    const user = metadata("permissionsets/Sidelight_User.permissionset-meta.xml");
    expect(user["classAccesses"]).toEqual([
      { apexClass: "SidelightActions", enabled: "true" },
      { apexClass: "SidelightCards", enabled: "true" },
      { apexClass: "SidelightController", enabled: "true" },
      { apexClass: "SidelightCustomers", enabled: "true" },
      { apexClass: "SidelightIdentity", enabled: "true" },
      { apexClass: "SidelightTimeline", enabled: "true" },
    ]);
    expect(user["externalCredentialPrincipalAccesses"]).toEqual([
      { enabled: "true", externalCredentialPrincipal: "Sidelight-Panel" },
    ]);
    expect(user["fieldPermissions"]).toEqual(
      [
        "Account.Sidelight_Health__c",
        "Account.Sidelight_Highest_Priority__c",
        "Account.Sidelight_Last_Active__c",
        "Account.Sidelight_Open_Tickets__c",
        "Account.Sidelight_Satisfaction__c",
        "Account.Sidelight_Sessions_30d__c",
      ].map((field) => ({
        ...{ editable: "false", readable: "true" },
        field,
      })),
    );
  });

  it("Sidelight Notify grants only the notification", () => {
    const notify = metadata("permissionsets/Sidelight_Notify.permissionset-meta.xml");
    expect(notify["classAccesses"]).toEqual([{ apexClass: "SidelightNotify", enabled: "true" }]);
    expect(notify["externalCredentialPrincipalAccesses"]).toEqual([
      { enabled: "true", externalCredentialPrincipal: "Sidelight_Notify-Webhook" },
    ]);
    // A user who can read the setting could sign messages.
    for (const { path, text } of sources(".permissionset-meta.xml")) expect(text, path).not.toContain("Sidelight_Settings__c");
  });

  it("keeps the signing secret in a protected setting without a default value", () => {
    const setting = metadata("objects/Sidelight_Settings__c/Sidelight_Settings__c.object-meta.xml");
    expect(setting).toMatchObject({ customSettingsType: "Hierarchy", visibility: "Protected" });
    const field = metadata("objects/Sidelight_Settings__c/fields/Signing_Secret__c.field-meta.xml");
    expect(field["defaultValue"]).toBeUndefined();
    const usedFields = mentions(sources(".cls"), /Sidelight_Settings__c\.getOrgDefaults\(\)\.(\w+)/g);
    expect(usedFields).toEqual(["Signing_Secret__c"]);
  });

  it.each(names("namedCredentials", ".namedCredential-meta.xml"))(
    "named credential %s uses https and an existing external credential",
    (name) => {
      const credential = metadata(`namedCredentials/${name}.namedCredential-meta.xml`);
      const [url, authentication] = credential["namedCredentialParameters"]!;
      expect(url!["parameterValue"]).toMatch(/^https:/);
      expect(names("externalCredentials", ".externalCredential-meta.xml")).toContain(authentication!["externalCredential"]);
    },
  );

  it("the API key is a reference, and every callout uses an existing named credential", () => {
    const external = metadata("externalCredentials/Sidelight.externalCredential-meta.xml");
    const header = [...external["externalCredentialParameters"]!].find(
      (parameter) => parameter["parameterName"] === "Authorization",
    );
    expect(header).toMatchObject({ parameterType: "AuthHeader", parameterValue: "{!'Bearer ' & $Credential.Sidelight.ApiKey}" });
    const credentials = names("namedCredentials", ".namedCredential-meta.xml");
    expect([...new Set(mentions(sources(".cls"), /callout:(\w+)/g))].sort()).toEqual(credentials.sort());
  });

  it.each(["Activity", "Case"])("%s has a unique external id", (object) => {
    const field = metadata(`objects/${object}/fields/Sidelight_External_Id__c.field-meta.xml`);
    expect(field).toMatchObject({ externalId: "true", unique: "true", type: "Text" });
  });

  it("the ticket priority field has the values that the server writes", () => {
    const field = metadata("objects/Account/fields/Sidelight_Highest_Priority__c.field-meta.xml");
    const values = [...field["valueSet"]!["valueSetDefinition"]!["value"]!] as unknown as { fullName: string }[];
    expect(values.map(({ fullName }) => fullName)).toEqual(["urgent", "high", "normal", "low"]);
  });

  it("every custom label exists and is used", () => {
    const labels = [...metadata("labels/CustomLabels.labels-meta.xml")["labels"]!];
    const usedLabels = [
      ...mentions(sources(".cls"), /\bLabel\.(\w+)/g),
      ...mentions(sourceScripts, /@salesforce\/label\/c\.(\w+)/g),
    ];
    expect([...new Set(usedLabels)].sort()).toEqual(labels.map((label) => label["fullName"]).sort());
    for (const label of labels) expect(label["value"]!.length).toBeLessThanOrEqual(1000);
  });
});

describe("component bundles", () => {
  it.each(bundles)("%s is complete", (name) => {
    const meta = metadata(`lwc/${name}/${name}.js-meta.xml`);
    expect(meta["apiVersion"]).toBe("67.0");
    expect(meta["isExposed"]).toBe(String(["sidelightPanel", "sidelightMyAccounts"].includes(name)));
    const isGenerated = /Model$/.test(name);
    expect(isGenerated || existsSync(`${root}/lwc/${name}/${name}.js`) || existsSync(`${root}/lwc/${name}/${name}.css`)).toBe(
      true,
    );
  });

  it("the panel is available on the record pages of five objects, on desktop and phone", () => {
    const meta = metadata("lwc/sidelightPanel/sidelightPanel.js-meta.xml");
    expect(meta["targets"]!["target"]).toEqual(["lightning__RecordPage"]);
    const config = meta["targetConfigs"]!["targetConfig"]!;
    expect(config["objects"]!["object"]).toEqual(["Account", "Case", "Contact", "Lead", "Opportunity"]);
    const factors = [...config["supportedFormFactors"]!["supportedFormFactor"]!].map((factor) => factor["@_type"]);
    expect(factors).toEqual(["Large", "Small"]);
  });

  it("the list of own accounts is available on home and app pages", () => {
    const meta = metadata("lwc/sidelightMyAccounts/sidelightMyAccounts.js-meta.xml");
    expect(meta["targets"]!["target"]).toEqual(["lightning__AppPage", "lightning__HomePage"]);
  });

  it("every bundle, Apex method and permission that is used exists", () => {
    const toCamelCase = (tag: string): string => tag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const usedInTemplates = mentions(templates, /<c-([a-z-]+)/g).map(toCamelCase);
    const importNames = [
      ...mentions(sourceScripts, /(?:from |import\()"c\/(\w+)"/g),
      ...mentions(sources(".css"), /@import "c\/(\w+)"/g),
    ];
    for (const name of [...usedInTemplates, ...importNames]) expect(bundles).toContain(name);
    for (const method of mentions(sourceScripts, /@salesforce\/apex\/(\w+\.\w+)/g)) {
      const [className, name] = method.split(".");
      expect(readFileSync(`${root}/classes/${className}.cls`, "utf8")).toMatch(
        new RegExp(`@AuraEnabled\\(cacheable=false\\)\\s+public static SidelightResponse ${name}\\(`),
      );
    }
    for (const permission of mentions(sourceScripts, /@salesforce\/customPermission\/(\w+)/g)) {
      expect(names("customPermissions", ".customPermission-meta.xml")).toContain(permission);
    }
  });

  it("no template or script inserts HTML", () => {
    for (const { path, text } of [...sourceScripts, ...templates]) {
      expect(text, path).not.toMatch(/lwc:dom|lwc:inner-html|innerHTML|insertAdjacentHTML|lightning-formatted-rich-text/);
    }
  });

  it("every icon is in the list of compiled icons", () => {
    const usedIcons = [...mentions(templates, /icon-name="([\w:]+)"/g), ...iconNames().map((name) => `utility:${name}`)];
    for (const icon of usedIcons) expect(panelIcons).toContain(icon);
  });

  it("every color is a styling hook with a fallback for SLDS 1", () => {
    for (const { path, text } of sources(".css")) {
      if (!path.endsWith("sidelightStyles.css"))
        expect(text.replace(/var\([^)]*\)/g, ""), path).not.toMatch(/#[0-9a-f]{3,8}\b|rgb\(/i);
      for (const [hook] of text.matchAll(/var\(--slds-g-[\w-]+\)/g)) expect.fail(`${path}: ${hook} has no fallback`);
    }
  });
});

/** Principals in the form of a permission set: `<external credential>-<principal>`. */
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
